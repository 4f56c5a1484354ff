# Sourced by the scripts that start servers: `serve` starts one on a free port, and all of them are stopped when the
# script ends, whether it succeeded, failed or was interrupted. Expects $OUT, the folder of the script's results.
servers=()

stop_servers() {
    local status=$?
    trap - EXIT INT TERM
    [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    exit "$status"
}
trap stop_servers EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# serve NAME COMMAND...: start a server in the background and put the URL it writes into $url.
serve() {
    local name=$1 log=$OUT/$1.log file=$OUT/$1.url
    shift
    rm -f "$file"  # of a server that ran before
    "$@" --port 0 --url_file "$file" >"$log" 2>&1 &
    servers+=($!)
    for _ in $(seq 600); do
        [ ! -s "$file" ] || { url=$(cat "$file"); return; }
        kill -0 "$(last_server)" 2>/dev/null || break
        sleep 0.1
    done
    echo "error: the $name did not start; see $log" >&2
    tail -n 5 "$log" >&2
    exit 1
}

# stop_last: stop the server that was started last and wait until it has written its run log.
stop_last() {
    kill "$(last_server)"
    wait "$(last_server)" || true
    unset "servers[${#servers[@]}-1]"
}

last_server() { echo "${servers[${#servers[@]}-1]}"; }
