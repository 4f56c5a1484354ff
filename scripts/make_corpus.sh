#!/usr/bin/env bash
# Makes data/train_data.json: the corpus of the APIs in data/public_apis.json, with the offline model in every role.
# The same bytes each time. What the offline model writes is a rule-based program's work and no language model's.
#
#   bash scripts/make_corpus.sh                    results go to runs/corpus, the corpus to data/train_data.json
#   OUT=runs/other bash scripts/make_corpus.sh     works in another folder
#   APIS=data/public_apis_sample.json CORPUS=runs/small/corpus.json OUT=runs/small bash scripts/make_corpus.sh
#                                                  makes a smaller corpus of other APIs in another file
#
# PER_API, STORIES and MIX say how many instructions an API gets, how many of them tell a story, and of which kinds they
# are, as instruction.py's flags --per_api, --stories and --mix do.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
install requirements.txt

APIS=${APIS:-data/public_apis.json}
CORPUS=${CORPUS:-data/train_data.json}
OUT=${OUT:-runs/corpus}
PER_API=${PER_API:-11}
STORIES=${STORIES:-0.1}
MIX=${MIX:-single=0.25,multi=0.25,missing=0.1,none=0.1,follow_up=0.1,compare=0.1,parallel=0.1}
mkdir -p "$OUT"
export OPENAI_DEFAULT_MODEL=offline
unset OPENAI_API_KEY OPENAI_API_BASE
source scripts/servers.sh

serve offline-model python -m offline_llm
export OPENAI_BASE_URL=$url

python tool_maker/preprocess_public_apis.py -api "$OUT/public_apis.json" --source "$APIS"
python tool_maker/get_elements.py -api "$OUT/public_apis.json" -out "$OUT"
python tool_maker/natural_language_documentation.py -api "$OUT/api_data.json"
python instance_generation/instruction.py -api "$OUT/api_data.json" -out "$OUT" --per_api "$PER_API" \
    --stories "$STORIES" --mix "$MIX" --seed 0
serve simulator python instance_generation/simulator.py -api "$OUT/api_data.json"
python instance_generation/generation.py -api "$OUT/api_data.json" -out "$OUT" --server_url "$url" --seed 0 \
    --output_prefix train_data
cp "$OUT"/train_data_0_*.json "$CORPUS"
[ "$CORPUS" != data/train_data.json ] || python data/count.py | sed '/^$/,$d'  # the corpus beside the paper's
