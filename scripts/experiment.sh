#!/usr/bin/env bash
# Does a compact model learn from the corpus to use tools it has never seen? SmolLM2-135M-Instruct before and after
# training, on tasks of data/eval_simulated.json, scored by rules. docs/results.md has what came of it.
#
#   bash scripts/experiment.sh                    all stages; what is there already is not made again
#   bash scripts/experiment.sh corpus examples    some of them: corpus, examples, model, training, prompts, base, student,
#                                                 suite, publish
#   OUT=runs/other TASKS=10 bash scripts/experiment.sh
#
# Training has six rounds: the first, on few APIs, teaches the form; the second, on more APIs, most of which have random
# names for functions and parameters, teaches to copy names out of the documentation; the third, with fewer conversations
# in which the user is asked for a detail, teaches not to ask for what was said; the fourth, on the good traces of
# data/labelled with a few corpus examples among them, and the fifth, on data/reworded_data.json, teach the words that
# people use; the sixth, on the same with mistakes before right calls, teaches to read what refuses a call. NATURAL=no
# leaves out the last three.
#
# The stage prompts asks the base model in three prompt forms, without and with five worked examples, on one task an API.
#
# OUT is the folder of the results. A stage that was stopped resumes; to do one again, delete its file there.
#   FIRST_APIS, APIS   lists of APIs that the corpora of the first and the later rounds are made from
#   STORIES      the share of instructions that tell a story: see make_corpus.sh
#   KEEP         which examples are left out, as flags of build_dataset.py
#   CHEAP        which examples of the later rounds are chosen, as flags of cheap_examples.py
#   BASE         a model folder to start from, in place of SmolLM2
#   TRAIN        more flags of train.py in all rounds, after those below
#   TASKS        tasks of each of the 30 APIs, drawn by a fixed seed; 10 are all
#   SERVE        more flags of generation.py for both models
#   ASK          how the base model is asked, as flags of generation.py: the best that the stage prompts found
#   ANSWER       the longest turn that they may write, in tokens
#   CASES        cases of BFCL's category simple_python in the stage suite
set -euo pipefail
source "$(dirname "$0")/setup.sh"
install requirements.txt

OUT=${OUT:-runs/experiment}
FIRST_APIS=${FIRST_APIS:-data/public_apis_sample.json}
APIS=${APIS:-}  # the first 280 of data/public_apis.json
export STORIES=${STORIES:-0.5}
KEEP=${KEEP:---verified_only --refused_calls leave_out}
CHEAP=${CHEAP:-}
NATURAL=${NATURAL:-yes}
BASE=${BASE:-$OUT/base}
TRAIN=${TRAIN:-}
TASKS=${TASKS:-4}
SERVE=${SERVE:---max_steps 3 --num_workers 32}
ASK=${ASK:---agent_prompt test_v1}
CASES=${CASES:-50}
ANSWER=${ANSWER:-160}
STAGES=(corpus examples model training prompts base student suite publish)
source scripts/experiment_steps.sh
check_stages "$@"
prepare
# Memory that an update used is kept for the next one, which saves up to a fifth of the CPU time of training.
keeping_memory=(env MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=17179869184)
source scripts/servers.sh

# corpus_of NAME APIS PER_API MIX: make a corpus and verify it.
corpus_of() {
    local folder=$OUT/$1
    mkdir -p "$folder"
    [ -e "$folder/corpus.json" ] || APIS=$2 PER_API=$3 MIX=$4 CORPUS=$folder/corpus.json OUT=$folder/corpus \
        bash scripts/make_corpus.sh
    [ -e "$folder/verified.json" ] || python instance_generation/verification.py -api "$folder/corpus.json" \
        -out "$folder/verified.json"
}

corpus() {
    if [ -z "$APIS" ]; then
        APIS=$OUT/apis.json
        python -c 'import json, sys; json.dump(json.load(open("data/public_apis.json"))[:280], open(sys.argv[1], "w"))' \
            "$APIS"
    fi
    corpus_of first "$FIRST_APIS" 22 single=0.45,multi=0.25,missing=0.2,none=0.05,parallel=0.05
    corpus_of later "$APIS" 20 single=0.5,multi=0.22,missing=0.2,none=0.03,parallel=0.05
}

# examples_of CORPUS ROUND FLAGS...: make a round's examples of a corpus.
examples_of() {
    local corpus=$OUT/$1/verified.json out=$OUT/$2.json
    shift 2
    # shellcheck disable=SC2086
    [ -e "$out" ] || python build_dataset.py -api "$corpus" -out "$out" $KEEP "$@"
}

examples() {
    examples_of first round_1 --keep none=0.5
    examples_of later round_2 --keep none=0.3 --rename 0.6
    examples_of later round_3 --keep none=0.3,missing=0.25 --rename 0.6
    [ "$NATURAL" = yes ] || return 0
    [ -e "$OUT/natural.json" ] || python scripts/good_traces.py -api data/labelled/traces_dev*.json \
        -out "$OUT/natural.json"
    [ -e "$OUT/round_4_natural.json" ] || python build_dataset.py -api "$OUT/natural.json" \
        -out "$OUT/round_4_natural.json" --max_steps 6 --refused_calls read
    examples_of later round_4 --keep none=0.3,missing=0.1,single=0.7 --rename 0.3 --seed 2 --refused_calls read \
        --split 0.05
    natural_examples 5 0 0
    natural_examples 6 0.9 0.6
}

# natural_examples ROUND MISTAKES MISTAKES: make a round's examples of data/reworded_data.json and of the labelled traces,
# with mistakes in these shares of them.
natural_examples() {
    [ -e "$OUT/round_$1.json" ] || python build_dataset.py -api data/reworded_data.json -out "$OUT/round_$1.json" \
        --max_steps 6 --refused_calls read --rename 0.4 --seed "$1" --mistakes "$2"
    [ -e "$OUT/round_$1_natural.json" ] || python build_dataset.py -api "$OUT/natural.json" \
        -out "$OUT/round_$1_natural.json" --max_steps 6 --refused_calls read --seed "$1" --mistakes "$3"
}

model() { base_model; }

# trained_on EXAMPLES OUT FLAGS...: train adapters, unless that is done.
trained_on() {
    local data=$1 out=$2
    shift 2
    # shellcheck disable=SC2086
    [ -e "$out/adapter_model.safetensors" ] || "${keeping_memory[@]}" python train.py --model_name_or_path "$BASE" \
        --data_path "$data" --output_dir "$out" --use_cpu True --lora_r 16 --lr_scheduler_type cosine \
        --weight_decay 0. --logging_steps 1 --save_strategy steps --save_steps 8 --save_total_limit 3 "$@" $TRAIN
}

# later_round NUMBER CHOICE LONGEST FLAGS...: train on examples of a round that are chosen by the flags CHOICE of
# cheap_examples.py and by LONGEST, in tokens, from the adapters of the round before.
later_round() {
    local number=$1 choice=$2 longest=$3 chosen=$OUT/round_$1_chosen.json source sources=()
    shift 3
    for source in "$OUT/round_$number.json" "$OUT/round_${number}_natural.json"; do
        [ ! -e "$source" ] || sources+=("$source")
    done
    # shellcheck disable=SC2086
    [ -e "$chosen" ] || python scripts/cheap_examples.py -api "${sources[@]}" -out "$chosen" --tokenizer "$BASE" \
        --longest "$longest" $choice $CHEAP
    trained_on "$chosen" "$OUT/lora_$number" --start_adapter "$OUT/lora_$((number - 1))" --model_max_length "$longest" \
        --share_group 12 --packing True --per_device_train_batch_size 3 "$@"
}

training() {
    local last=3
    trained_on "$OUT/round_1.json" "$OUT/lora_1" --lora_layers 16 --model_max_length 1150 --share_group 8 \
        --per_device_train_batch_size 8 --max_steps 48 --learning_rate 2e-3 --warmup_steps 3
    later_round 2 "--conversation 350" 1200 --max_steps 44 --learning_rate 1.5e-3 --warmup_steps 4
    later_round 3 "--conversation 400" 1200 --max_steps 45 --learning_rate 1.2e-3 --warmup_steps 2
    if [ "$NATURAL" = yes ]; then
        last=6
        later_round 4 "--conversation 700 --per_api 3" 2048 --max_steps 72 --learning_rate 1e-3 --warmup_steps 3 \
            --per_device_train_batch_size 2
        later_round 5 "--conversation 420 --per_api 2" 1500 --max_steps 140 --learning_rate 1.2e-3 --warmup_steps 6
        later_round 6 "--conversation 420 --per_api 2" 1500 --max_steps 140 --learning_rate 8e-4 --warmup_steps 4
    fi
    [ -e "$OUT/adapter" ] || cp -r "$OUT/lora_$last" "$OUT/adapter"
    [ -e "$OUT/trained/config.json" ] || python -m toolalpaca.training.adapter merge --adapter "$OUT/adapter" \
        --base "$BASE" --out "$OUT/trained"
}

# evaluated NAME FOLDER ASK TASKS FLAGS...: let the model of a folder solve TASKS tasks of each API, asked as the flags
# ASK say, and score what it did.
evaluated() {
    local name=$1 folder=$2 ask=$3 tasks=$OUT/tasks_$4.json
    [ -e "$tasks" ] || python scripts/draw_tasks.py -api data/eval_simulated.json -out "$tasks" --per_api "$4"
    shift 4
    serve_tasks
    # shellcheck disable=SC2086
    conversations "$name" "$folder" "$tasks" "$OUT/$name" --server_url "$simulator" $ask
    python evaluation.py -api "$OUT/$name/${name}"_0_*.json -out "$OUT/$name.json" --judge none "$@"
}

prompts() {
    local form shots runs=()
    for form in test_v1 test_v2 train_v2; do
        for shots in 0 5; do
            evaluated "base_${form}_$shots" "$BASE" \
                "--agent_prompt $form --shots $shots --shots_from data/train_data.json" 1
            runs+=("$OUT/base_${form}_$shots/base_${form}_${shots}"_0_*.json)
        done
    done
    python scripts/turn_table.py "${runs[@]}"
}

base() { evaluated base "$BASE" "$ASK" "$TASKS"; }

student() {
    local against=()
    [ ! -e "$OUT/base.json" ] || against=(--compare "$OUT/base.json")
    evaluated student "$OUT/trained" "--agent_prompt test_v1" "$TASKS" ${against[@]+"${against[@]}"}
    python scripts/turn_table.py "$OUT"/base/base_0_*.json "$OUT"/student/student_0_*.json
}

suite() {
    local name folder
    suite_cases
    for name in base student; do
        folder=$([ $name = base ] && echo "$BASE" || echo "$OUT/trained")
        suite_calls "$name" "$folder" "$OUT/suite_$name"
        python evaluation.py -api "$OUT/suite_$name/${name}_0_$CASES.json" --suite bfcl -out "$OUT/suite_$name.json"
    done
}

publish() { published "$OUT/adapter"; }

run_stages "$@"
