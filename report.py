"""Show runs: their statistics, plots for papers, and every conversation, in one HTML file that opens from disk.

    python report.py -api ./data/api_data_0_40.json -out ./report
    python report.py -api ./run/7b_0_30.json ./run/13b_0_30.json -eval ./eval/7b.json ./eval/13b.json -out ./report

Reads what the stages wrote and needs no model; the run logs next to the files are found automatically. Parts that
nothing is known of are left out.
"""

import argparse
from pathlib import Path

from toolalpaca.core.cli import add_out_folder_flag, run_main, stage_parser


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("-api", "--api_data_path", required=True, nargs="+", metavar="FILE", type=Path,
                        help="runs that generation.py or verification.py in instance_generation/ wrote; the first is "
                             "the one that is drawn if only one can be")
    parser.add_argument("-eval", "--evaluation_path", dest="evaluations", nargs="+", default=[], metavar="FILE",
                        type=Path, help="results of evaluation.py; each is compared with the first of them, and its "
                        "verdicts are shown with the solutions they are about")
    parser.add_argument("-gold", "--golden_answer_path", dest="golden", metavar="FILE", type=Path,
                        help="file with the Golden_Answers of the runs' APIs (default: those in the runs themselves)")
    parser.add_argument("-model", "--model_dir", dest="model", metavar="FOLDER", type=Path,
                        help="folder that train.py wrote: shows its loss curve and counts tokens with its tokenizer")
    add_out_folder_flag(parser, "folder for index.html and the plots; what is in it is replaced")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.conversation.forms import PROMPT_FORMS
    from toolalpaca.conversation.rendering import segments
    from toolalpaca.report.inputs import read_inputs
    from toolalpaca.report.page import write_report

    form = PROMPT_FORMS["test_v1"]  # the default of build_dataset.py; all have the same segments
    inputs = read_inputs(args.api_data_path, args.evaluations, args.golden, args.model)
    write_report(inputs, args.output_dir, lambda record, instance: segments(form, record, instance))
    return 0


if __name__ == "__main__":
    run_main(main)
