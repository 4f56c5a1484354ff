"""The command that trains with GRPO: what it refuses, each in one line. docs/reinforcement-learning.md runs it."""

from importlib.util import find_spec

import pytest

from toolalpaca.core.errors import UsageError
from toolalpaca.environment import grpo


def test_without_trl_the_error_names_the_requirements_file(monkeypatch):
    monkeypatch.setattr(grpo, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install -r requirements-rl.txt"):
        grpo.main(["-api", "x.json", "--model_name_or_path", "m"])


def test_our_own_options_are_told_from_those_of_trl():
    options, others = grpo.parse_args(["-api", "x.json", "--model_name_or_path", "m", "--environment_seed", "3",
                                       "--failures", "0.1", "--max_steps", "4"])
    assert (options.environment_seed, options.failures, options.records) == (3, 0.1, None)
    assert others == ["--max_steps", "4"]


@pytest.mark.skipif(find_spec("trl") is None, reason="trl is missing; pip install -r requirements-rl.txt")
def test_records_without_golden_answers_are_refused(tmp_path):
    (tmp_path / "api.json").write_text('[{"Name": "A", "Instructions": ["Do."]}]')
    with pytest.raises(UsageError, match="no record has Golden_Answers"):
        grpo.main(["-api", str(tmp_path / "api.json"), "--model_name_or_path", "m", "--output_dir", str(tmp_path)])
