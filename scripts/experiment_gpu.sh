#!/usr/bin/env bash
# What experiment.sh asks, with a GPU: all examples, three epochs, three seeds; and two comparisons at equal size,
# verified against unverified conversations and many APIs against few. docs/results.md has what came of it.
#
#   bash scripts/experiment_gpu.sh                 all stages; what is there already is not made again
#   bash scripts/experiment_gpu.sh data            some of them: data, train, tasks, scores, publish
#
# The stages data and scores need no GPU: OUT may be carried to a machine with one for train and tasks, and back.
#   OUT        the folder of the results
#   BASE       the model folder to start from (default: SmolLM2-135M-Instruct, unpacked into OUT/base)
#   SEEDS      of the main run
#   EPOCHS     passes of the main run over its examples
#   COMPARED   passes of the compared runs
#   RUNS_COMPARED  which of the compared runs to make: many, few, unverified, verified
#   BATCH      examples in an update
#   TRAIN      more flags of train.py in all runs
#   TASKS      tasks of each of the 30 APIs; 10 are all
#   CASES      cases of BFCL's category simple_python
#   SERVE      more flags of generation.py
#   ANSWER     the longest turn, in tokens
#   RUNS       how many runs train, or solve tasks, at the same time
set -euo pipefail
source "$(dirname "$0")/setup.sh"
install requirements.txt

OUT=${OUT:-runs/experiment_gpu}
BASE=${BASE:-$OUT/base}
SEEDS=${SEEDS:-1 2 3}
EPOCHS=${EPOCHS:-3}
COMPARED=${COMPARED:-3}
RUNS_COMPARED=${RUNS_COMPARED-many few unverified verified}
BATCH=${BATCH:-48}
TRAIN=${TRAIN:-}
TASKS=${TASKS:-10}
CASES=${CASES:-400}
SERVE=${SERVE:---max_steps 6 --num_workers 100}
ANSWER=${ANSWER:-200}
RUNS=${RUNS:-3}
STAGES=(data train tasks scores publish)
source scripts/experiment_steps.sh
check_stages "$@"
prepare
mkdir -p "$OUT/data" "$OUT/logs"
export PYTORCH_ALLOC_CONF=${PYTORCH_ALLOC_CONF:-expandable_segments:True}
source scripts/servers.sh

# examples_of CORPUS FILE FLAGS...: make the examples of a corpus.
examples_of() {
    local corpus=$1 out=$OUT/data/$2
    shift 2
    mkdir -p "$(dirname "$out")"
    [ -e "$out" ] || python build_dataset.py -api "$corpus" -out "$out" --max_steps 6 --refused_calls read "$@"
}

# verified CORPUS: verify a corpus into OUT/data, and leave the name of the result in $corpus.
verified() {
    corpus=$OUT/data/verified_$(basename "$1")
    [ -e "$corpus" ] || python instance_generation/verification.py -api "$1" -out "$corpus"
}

# The examples of a run are a folder: train.py takes all files in it.
data() {
    local natural=$OUT/data/labelled.json few=$OUT/data/few_apis.json corpus
    base_model
    [ -e "$natural" ] || python scripts/good_traces.py -api data/labelled/traces_dev*.json -out "$natural"
    examples_of "$natural" all/labelled.json --mistakes 0.3 --rename 0.2 --seed 1
    verified data/train_data.json
    examples_of "$corpus" all/train.json --verified_only --mistakes 0.3 --rename 0.6 --seed 2 \
        --keep single=0.45,multi=0.45,compare=0.45,follow_up=0.45,parallel=0.45,none=0.3,missing=0.3
    verified data/reworded_data.json
    examples_of "$corpus" all/reworded.json --verified_only --mistakes 0.4 --rename 0.4 --keep none=0.5 --seed 3
    verified data/written_data.json
    examples_of "$corpus" all/written.json --verified_only --mistakes 0.1 --seed 4
    examples_of "$corpus" all/written_renamed.json --verified_only --mistakes 0.5 --rename 1 --seed 5
    # Many APIs against few: examples of train_data.json, and as many of the first 40 APIs alone.
    [ -e "$few" ] || python -c 'import json, sys; json.dump(json.load(open(sys.argv[1]))[:40], open(sys.argv[2], "w"))' \
        data/public_apis.json "$OUT/data/first_40.json"
    [ -e "$few" ] || APIS=$OUT/data/first_40.json PER_API=70 CORPUS=$few OUT=$OUT/data/few_apis bash scripts/make_corpus.sh
    examples_of data/train_data.json pool/many.json --rename 0.6 --seed 2
    examples_of "$few" pool/few.json --rename 0.6 --seed 2
    # Verified against unverified: labelled conversations of which three in ten are right.
    [ -e "$OUT/data/traces.json" ] || python scripts/good_traces.py --all -api data/labelled/traces_dev*.json \
        -out "$OUT/data/traces.json"
    verified "$OUT/data/traces.json"
    examples_of "$corpus" pool/unverified.json
    examples_of "$corpus" pool/verified.json --verified_only
    python scripts/draw_examples.py -api "$OUT/data/pool/many.json" "$OUT/data/pool/few.json" -out "$OUT/data"
    python scripts/draw_examples.py -api "$OUT/data/pool/unverified.json" "$OUT/data/pool/verified.json" -out "$OUT/data"
    # What no run is trained on, in people's words.
    [ -e "$OUT/data/held_out_traces.json" ] || python scripts/good_traces.py -api data/labelled/traces_test*.json \
        -out "$OUT/data/held_out_traces.json"
    examples_of "$OUT/data/held_out_traces.json" held_out.json
    [ -e "$OUT/tasks.json" ] || python scripts/draw_tasks.py -api data/eval_simulated.json -out "$OUT/tasks.json" \
        --per_api "$TASKS"
    [ "$CASES" = 0 ] || suite_cases
}

# trained NAME EXAMPLES FLAGS...: train adapters that are small enough to be published, and merge them.
trained() {
    local name=$1 examples=$OUT/data/$2
    shift 2
    # shellcheck disable=SC2086
    [ -e "$OUT/$name/adapter_model.safetensors" ] || python train.py --model_name_or_path "$BASE" \
        --data_path "$examples" --output_dir "$OUT/$name" --lora_r 12 --model_max_length 2048 \
        --per_device_train_batch_size "$BATCH" --share_group 12 --learning_rate 2e-3 --lr_scheduler_type cosine \
        --warmup_ratio 0.04 --weight_decay 0. --save_strategy no --logging_steps 10 "$@" $TRAIN >"$OUT/logs/$name.log" 2>&1
    [ -e "$OUT/models/$name/config.json" ] || python -m toolalpaca.training.adapter merge --adapter "$OUT/$name" \
        --base "$BASE" --out "$OUT/models/$name" >>"$OUT/logs/$name.log" 2>&1
}

# solved NAME MODEL FLAGS...: let a model folder solve the tasks.
solved() {
    local name=$1 model=$2
    shift 2
    conversations "$name" "$model" "$OUT/tasks.json" "$OUT/solved/$name" --server_url "$simulator" "$@" \
        >"$OUT/logs/tasks_$name.log" 2>&1
}

# suite NAME MODEL: let a model folder write the calls of the published cases.
suite() {
    [ -e "$OUT/suite.json" ] || return 0
    suite_calls "$1" "$2" "$OUT/suite/$1" >"$OUT/logs/suite_$1.log" 2>&1
}

model_of() { [ "$1" = base ] && echo "$BASE" || echo "$OUT/models/$1"; }

# side_by_side: wait until fewer than RUNS runs are under way, and end if one failed; `all` waits for all.
running=()
side_by_side() {
    local most=$((RUNS - 1)) run
    [ "${1:-}" != all ] || most=0
    while [ ${#running[@]} -gt "$most" ]; do
        run=${running[0]}
        running=("${running[@]:1}")
        wait "$run" || { echo "error: a run failed; see $OUT/logs" >&2; exit 1; }
    done
}

train() {
    local seed name
    for seed in $SEEDS; do
        side_by_side
        trained "all_$seed" all --num_train_epochs "$EPOCHS" --seed "$seed" &
        running+=($!)
    done
    for name in $RUNS_COMPARED; do
        side_by_side
        trained "$name" "$name.json" --num_train_epochs "$COMPARED" &
        running+=($!)
    done
    side_by_side all
}

tasks() {
    local name
    serve_tasks
    for name in base $(cd "$OUT/models" && ls); do
        side_by_side
        solved "$name" "$(model_of "$name")" --agent_prompt test_v1 &
        running+=($!)
    done
    for name in base "all_${SEEDS%% *}"; do
        side_by_side
        suite "$name" "$(model_of "$name")" &
        running+=($!)
    done
    for name in test_v1 test_v2 train_v2; do  # what might help the base model: other prompts, and worked examples
        side_by_side
        solved "base_${name}_5" "$BASE" --agent_prompt "$name" --shots 5 --shots_from data/train_data.json &
        running+=($!)
    done
    side_by_side all
}

scores() {
    local name records
    mkdir -p "$OUT/scores"
    for records in "$OUT"/solved/*/*_0_*.json; do
        name=$(basename "$(dirname "$records")")
        [ -e "$OUT/scores/$name.json" ] || python evaluation.py -api "$records" -out "$OUT/scores/$name.json" --judge none
    done
    python scripts/turn_table.py "$OUT"/solved/*/*_0_*.json
    python scripts/held_out_loss.py -api "$OUT/data/held_out.json" "$BASE" "$OUT"/models/*
    for records in "$OUT"/suite/*/*_0_*.json; do
        [ ! -e "$records" ] || { install requirements-suites.txt
            python evaluation.py -api "$records" --suite bfcl -out "$OUT/scores/suite_$(basename "$(dirname "$records")").json"; }
    done
}

publish() { published "$OUT/all_${SEEDS%% *}"; }

run_stages "$@"
