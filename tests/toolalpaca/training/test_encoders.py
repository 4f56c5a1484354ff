"""Chat messages: the loss is on the assistant's turns alone, in whatever way the template is written."""

import copy
from pathlib import Path
from typing import Any

import pytest
from training_examples import messages_example
from training_tokenizers import byte_level, made

from toolalpaca.core.errors import UsageError
from toolalpaca.training.encoders import ChatEncoder, marked

PLAIN = ("{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
         "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
FORGETFUL = ("{% for message in messages %}{% if message.role != 'assistant' or loop.last %}<|im_start|>"
             "{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endif %}{% endfor %}"
             "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
TURNS = ("{% for m in messages %}{% if m.role == 'assistant' %}BEFORE{{ m.content }}{% for c in m.tool_calls or [] %}"
         "<call>{{ c.function | tojson }}</call>{% endfor %}AFTER{% else %}<|im_start|>{{ m.role }}\n{{ m.content }}"
         "{% if tools and loop.first %}{{ tools | tojson }}{% endif %}<|im_end|>\n{% endif %}{% endfor %}")
STRICT = "{% for message in messages %}{{ raise_exception('roles must alternate') }}{% endfor %}"


def tokenizer_with(template: str | None) -> Any:
    tokenizer = byte_level()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.chat_template = template
    return tokenizer


def shown(tokenizer: Any, example: dict) -> str:
    chat = ChatEncoder(tokenizer)
    [tokens] = chat.encode(chat.examples(copy.deepcopy(example)))
    return marked(tokens, tokenizer)


def turns(tokenizer: Any, example: dict, examples: int = 1) -> list[str]:
    """The trained texts, whether they lie in one example or in one for each turn; each must begin as it is served."""
    chat = ChatEncoder(tokenizer)
    made = chat.examples(copy.deepcopy(example))
    assert len(made) == examples
    found = []
    for tokens, one in zip(chat.encode(made), made, strict=True):
        found += [part.split("⟧")[0] for part in marked(tokens, tokenizer).split("⟦")[1:]]
        messages = one["messages"][:-1] if one.get("last_only") else one["messages"][:_first_turn(one)]
        prompt = chat.template.render({**one, "messages": messages}, add_generation_prompt=True)
        assert chat.prompt(one) == prompt
    return found


def _first_turn(example: dict) -> int:
    return [message["role"] for message in example["messages"]].index("assistant")


def test_a_template_without_tools_shows_them_as_text() -> None:
    text = shown(tokenizer_with(PLAIN), messages_example(3))
    parts = [part.split("⟧")[0] for part in text.split("⟦")[1:]]
    assert parts == ['I ask.\n<tool_call>\n{"name": "getTime", "arguments": {"zone": "3"}}\n</tool_call><|im_end|>',
                     "It is noon.<|im_end|>"]
    assert "<tools>" in text and "<tool_response>\n12:00\n</tool_response>" in text
    assert text.startswith("<|im_start|>system\nYou help with the Clock API.\n\nYou can call these functions.")


def test_a_template_with_marks_and_tools_is_taken_at_its_word(tiny_model: Path) -> None:
    from transformers import AutoTokenizer

    text = shown(AutoTokenizer.from_pretrained(tiny_model), messages_example(3))
    parts = [part.split("⟧")[0] for part in text.split("⟦")[1:]]
    assert len(parts) == 2 and all(turn.endswith("<|end|>") for turn in parts)
    assert parts[0].startswith("I ask.\n<tool_call>")
    assert '"getTime"' in text.split("⟦")[0]


def test_arguments_as_text_or_object_are_the_same() -> None:
    example = messages_example(2)
    as_text = copy.deepcopy(example)
    as_text["messages"][2]["tool_calls"][0]["function"]["arguments"] = '{"zone": "2"}'
    assert shown(tokenizer_with(PLAIN), example) == shown(tokenizer_with(PLAIN), as_text)


@pytest.mark.parametrize(("template", "said"), [
    ("{% generation %}{% endgeneration %}x", "marks no text"), (STRICT, "refuses it (roles must alternate)"),
    (PLAIN.replace("message.content", "'x'"), "does not show what the assistant says"),
    (PLAIN.replace("{% if add_generation_prompt %}", "{% if add_generation_prompt %}<|im_start|>tool\nx"),
     "cannot be told which text")])
def test_templates_that_cannot_be_masked_are_said(template: str, said: str) -> None:
    with pytest.raises(ValueError, match="template") as caught:
        ChatEncoder(tokenizer_with(template)).examples(messages_example(1))
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert "give another template with --chat_template, or train on --format segments" in str(caught.value)


def test_an_answer_that_goes_on_after_a_tools_is_trained_alone() -> None:
    """As with Apertus's template, which opens the assistant's turn once for calls, results and the answer."""
    template = ("{% for m in messages %}{% if m.role == 'assistant' %}{% if loop.previtem.role != 'tool' %}<|im_start|>"
                "assistant\n{% endif %}{{ m.content }}{% for c in m.tool_calls or [] %}<call>{{ c.function | tojson }}"
                "</call>{% endfor %}{% elif m.role == 'tool' %}[{{ m.content }}]{% else %}<|im_start|>{{ m.role }}\n"
                "{{ m.content }}{% if tools and loop.first %}{{ tools | tojson }}{% endif %}<|im_end|>\n{% endif %}"
                "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
    encoder = ChatEncoder(tokenizer_with(template))
    shown = [encoder.rendered(one) for one in encoder.examples(messages_example(3))]
    assert [one.text[start:end] for one in shown for start, end in one.turns] == [f"I ask.{CALL}", "It is noon."]
    assert shown[1].text.endswith("[12:00]<|im_start|>assistant\nIt is noon.") and all(one.needs_end for one in shown)


def test_a_turn_that_follows_without_the_line_break_of_the_prompt_is_found() -> None:
    """As with Bielik's template, which ends a tool's answer only if nothing follows."""
    turns = TURNS.replace("BEFORE", "<|im_start|>assistant\n").replace("AFTER", "<|im_end|>\n")
    ending = "<|im_end|>\n{% endif %}{% endfor %}"
    encoder = ChatEncoder(tokenizer_with(
        turns.removesuffix(ending) + "{% if loop.last or m.role != 'tool' %}<|im_end|>\n{% endif %}{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"))
    shown = [encoder.rendered(one) for one in encoder.examples(messages_example(3))]
    assert [one.text[start:end] for one in shown for start, end in one.turns] == [
        f"I ask.{CALL}<|im_end|>", "It is noon.<|im_end|>"]


def test_reasoning_that_a_template_has_closed_in_the_prompt_can_be_left_out() -> None:
    reasoned = "<think>{{ m.reasoning_content or '' }}</think>"
    encoder = ChatEncoder(written(f"<|im_start|>assistant\n{reasoned}", "<|im_end|>\n",
                                  "<|im_start|>assistant\n<think></think>"))
    example = messages_example(1)
    assert encoder.examples(copy.deepcopy(example))
    example["messages"][-1]["reasoning_content"] = "It is noon there."
    with pytest.raises(ValueError, match="cannot be told .* build the examples with --reasoning drop, give another"):
        encoder.examples(example)


CALL = '<call>{"name": "getTime", "arguments": {"zone": "3"}}</call>'


def written(before: str, after: str, prompt: str) -> Any:
    """A tokenizer whose template writes a turn between these, after this prompt."""
    return tokenizer_with(TURNS.replace("BEFORE", before).replace("AFTER", after)
                          + "{% if add_generation_prompt %}" + prompt + "{% endif %}")


def test_a_template_that_writes_the_last_turn_otherwise_gives_an_example_for_each() -> None:
    """As those do that put an empty reasoning before the last turn and drop that of earlier ones."""
    tokenizer = written("<|im_start|>assistant\n{% if loop.last %}<think>\n\n</think>\n\n{% endif %}", "<|im_end|>\n",
                        "<|im_start|>assistant\n")
    assert turns(tokenizer, messages_example(3), 2) == [
        f"<think>\n\n</think>\n\nI ask.{CALL}<|im_end|>", "<think>\n\n</think>\n\nIt is noon.<|im_end|>"]


@pytest.mark.parametrize(("begins", "trained"), [
    ("{% if loop.last %}<think></think>{% endif %}", "</think>"), ("", "</think>\n\n")])
def test_a_prompt_that_opens_the_reasoning_is_kept_and_the_turn_closes_it(begins: str, trained: str) -> None:
    tokenizer = written(f"<|im_start|>assistant\n{begins}", "<|im_end|>\n", "<|im_start|>assistant\n<think>\n")
    assert turns(tokenizer, messages_example(3), 2) == [
        f"{trained}I ask.{CALL}<|im_end|>", f"{trained}It is noon.<|im_end|>"]


@pytest.mark.parametrize(("opening", "closing"), [
    ("[THINK]", "[/THINK]"), ("<seed:think>", "</seed:think>"), ("<|START_THINKING|>", "<|END_THINKING|>")])
def test_a_prompt_that_opens_the_reasoning_of_another_family_is_closed_in_its_way(opening: str, closing: str) -> None:
    tokenizer = written("<|im_start|>assistant\n", "<|im_end|>\n", f"<|im_start|>assistant\n{opening}")
    assert turns(tokenizer, messages_example(3), 2)[1] == f"{closing}\n\nIt is noon.<|im_end|>"
    tokenizer = written("<|im_start|>assistant\n", "<|im_end|>\n", f"<|im_start|>assistant\n{opening}{closing}")
    assert turns(tokenizer, messages_example(3), 2)[1] == "It is noon.<|im_end|>"


def test_reasoning_that_a_template_drops_from_earlier_turns_is_trained_where_it_was_written() -> None:
    tokenizer = written("<|im_start|>assistant\n{% if loop.last %}<think>{{ m.reasoning_content }}</think>{% endif %}",
                        "<|im_end|>\n", "<|im_start|>assistant\n")
    example = messages_example(3)
    for place, text in ((2, "first"), (4, "second")):
        example["messages"][place]["reasoning_content"] = text
    assert turns(tokenizer, example, 2) == [f"<think>first</think>I ask.{CALL}<|im_end|>",
                                            "<think>second</think>It is noon.<|im_end|>"]


def test_a_token_that_closes_the_whole_text_belongs_to_no_turn() -> None:
    tokenizer = tokenizer_with(PLAIN.replace("{% endif %}", "{% else %}</s>{% endif %}"))
    assert turns(tokenizer, messages_example(3))[1] == "It is noon.<|im_end|>"
    assert len(turns(tokenizer, messages_example(3))) == 2


@pytest.mark.parametrize(("always", "asked"), [
    ("<|im_start|>assistant\n", ""), ("<|im_start|>", "assistant\n"),
    ("<|im_start|>assistant", "\n<think>\n\n</think>")])
def test_an_opening_that_follows_every_conversation_belongs_to_no_turn(always: str, asked: str) -> None:
    template = PLAIN.partition("{% if add_generation_prompt %}")[0] + always
    tokenizer = tokenizer_with(template + "{% if add_generation_prompt %}" + asked + "{% endif %}")
    tokenizer.eos_token = "<|im_end|>"
    assert [turn.strip()[-16:] for turn in turns(tokenizer, messages_example(1), 2 if "think" in asked else 1)] == [
        "ol_call><|im_end|>"[-16:], "is noon.<|im_end|>"[-16:]]


def test_a_turn_without_an_end_stops_at_the_token_that_comes_next() -> None:
    assert turns(written("<|im_start|>assistant\n", "", "<|im_start|>assistant\n"), messages_example(3)) == [
        f"I ask.{CALL}<|im_start|>", "It is noon.</s>"]


def test_a_turn_without_an_end_and_with_no_token_after_it_is_closed_in_an_example_of_its_own() -> None:
    tokenizer = tokenizer_with("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                               "{% if add_generation_prompt %}assistant:{% endif %}")
    assert [turn[-9:] for turn in turns(tokenizer, messages_example(1), 2)] == ["call></s>", "noon.</s>"]


def test_without_a_system_role_its_text_opens_the_first_message_and_roles_alternate() -> None:
    template = ("{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
                "{% for message in messages %}{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}"
                "{{ raise_exception('roles must alternate') }}{% endif %}" + PLAIN.removeprefix(
                    "{% for message in messages %}"))
    example = messages_example(3)
    example["messages"].insert(4, {"role": "tool", "tool_call_id": "call_2", "name": "getTime", "content": "13:00"})
    tokenizer = tokenizer_with(template)
    assert len(turns(tokenizer, example)) == 2
    text = shown(tokenizer, example)
    assert text.startswith("<|im_start|>user\nYou help with the Clock API.") and text.count("<tool_response>") == 2


def test_a_template_that_wants_arguments_as_text_gets_them_as_text() -> None:
    template = TURNS.replace("{{ c.function | tojson }}", "{{ c.function.name + ' ' + c.function.arguments }}").replace(
        "BEFORE", "<|im_start|>assistant\n").replace("AFTER", "<|im_end|>\n")
    tokenizer = tokenizer_with(template + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
    assert turns(tokenizer, messages_example(3))[0] == 'I ask.<call>getTime {"zone": "3"}</call><|im_end|>'


def test_a_template_that_wants_ids_of_nine_letters_and_digits_gets_them() -> None:
    template = TURNS.replace("BEFORE", "<|im_start|>assistant\n").replace("AFTER", "<|im_end|>\n").replace(
        "<call>", "<call>{% if c.id | length != 9 %}{{ raise_exception('id') }}{% endif %}{{ c.id }} ")
    tokenizer = tokenizer_with(template + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
    assert turns(tokenizer, messages_example(3))[0].startswith("I ask.<call>call00001 ")


def test_a_template_that_writes_ids_for_names_gets_ids_with_names() -> None:
    template = TURNS.replace("BEFORE", "<|im_start|>assistant\n").replace("AFTER", "<|im_end|>\n").replace(
        "{{ c.function | tojson }}", "{{ c.id }} {{ c.function.arguments | tojson }}")
    tokenizer = tokenizer_with(template + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
    assert turns(tokenizer, messages_example(3))[0].startswith('I ask.<call>functions.getTime:0 {"zone": "3"}</call>')


PARALLEL = [{"id": f"call_{number}", "type": "function", "function": {"name": "getTime", "arguments": {"zone": zone}}}
            for number, zone in enumerate(("Rome", "Oslo"), start=1)]


@pytest.mark.parametrize("calls", [
    "{% if m.tool_calls and m.tool_calls | length > 1 %}{{ raise_exception('one at a time') }}{% endif %}"
    "{% for c in m.tool_calls or [] %}", "{% for c in (m.tool_calls or [])[:1] %}"], ids=["refused", "first alone"])
def test_a_template_that_takes_one_call_a_turn_gets_parallel_calls_one_after_the_other(calls: str) -> None:
    template = TURNS.replace("{% for c in m.tool_calls or [] %}", calls).replace(
        "BEFORE", "<|im_start|>assistant\n").replace("AFTER", "<|im_end|>\n")
    tokenizer = tokenizer_with(template + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
    example = messages_example(3)
    example["messages"][2]["tool_calls"] = PARALLEL
    example["messages"].insert(4, {"role": "tool", "tool_call_id": "call_2", "name": "getTime", "content": "13:00"})
    first, second, last = turns(tokenizer, example)
    assert first.startswith("I ask.<call>") and "Rome" in first and "Oslo" not in first
    assert second.startswith("<call>") and "Oslo" in second and last == "It is noon.<|im_end|>"
    text = shown(tokenizer, example)
    assert text.index("Rome") < text.index("12:00") < text.index("Oslo") < text.index("13:00")
    assert len(turns(written("<|im_start|>assistant\n", "<|im_end|>\n", "<|im_start|>assistant\n"), example)) == 2


def test_a_template_that_knows_no_reasoning_gets_it_in_the_text() -> None:
    example = messages_example(3)
    example["messages"][-1]["reasoning_content"] = "It says noon."
    assert turns(tokenizer_with(PLAIN), example)[1] == "<think>\nIt says noon.\n</think>\n\nIt is noon.<|im_end|>"
    assert turns(tokenizer_with(PLAIN), messages_example(3))[1] == "It is noon.<|im_end|>"


def test_reasoning_that_a_template_cuts_off_is_trained_after_a_prompt_that_opens_it() -> None:
    """As with DeepSeek-R1's template, which drops what comes before `</think>`, and whose prompt ends in `<think>`."""
    tokenizer = tokenizer_with(TURNS.replace("{{ m.content }}{% for", "{{ m.content.split('</think>')[-1] }}{% for")
                               .replace("BEFORE", "<|im_start|>assistant\n").replace("AFTER", "<|im_end|>\n")
                               + "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}")
    example = messages_example(3)
    example["messages"][-1]["reasoning_content"] = "It says noon."
    assert turns(tokenizer, example, 2)[1] == "It says noon.\n</think>\n\nIt is noon.<|im_end|>"


def test_a_template_that_takes_no_text_beside_a_call_gets_the_call_alone() -> None:
    refused = "{% if m.content and m.tool_calls %}{{ raise_exception('both') }}{% endif %}"
    tokenizer = written("<|im_start|>assistant\n" + refused, "<|im_end|>\n", "<|im_start|>assistant\n")
    assert turns(tokenizer, messages_example(3)) == [f"{CALL}<|im_end|>", "It is noon.<|im_end|>"]


def test_marks_that_end_no_turn_are_not_followed() -> None:
    template = ("{% for m in messages %}{% if m.role == 'assistant' %}ASSISTANT:{% generation %} {{ m.content }}"
                "{% endgeneration %}\n{% else %}USER: {{ m.content }}\n{% endif %}{% endfor %}"
                "{% if add_generation_prompt %}ASSISTANT:{% endif %}")
    assert [turn[-9:] for turn in turns(tokenizer_with(template), messages_example(1), 2)] == ["call></s>", "noon.</s>"]


def test_a_template_that_wants_content_in_parts_gets_parts() -> None:
    tokenizer = tokenizer_with(PLAIN.replace("message.content", "message.content[0]['text']"))
    assert turns(tokenizer, messages_example(3))[1] == "It is noon.<|im_end|>"


def test_a_template_that_hides_earlier_turns_gives_an_example_for_each() -> None:
    assert turns(tokenizer_with(FORGETFUL), messages_example(1), 2)[1] == "It is noon.<|im_end|>"


def test_a_template_that_takes_reasoning_or_a_text_beside_a_call_gets_the_text_in_the_reasoning() -> None:
    either = TURNS.replace("BEFORE{{ m.content }}", (
        "<|im_start|>assistant\n{% if m.tool_calls and m.content and m.reasoning_content %}"
        "{{ raise_exception('both') }}{% endif %}{{ m.reasoning_content or '' }}|{{ m.content }}"
        )).replace("AFTER", "<|im_end|>\n") + (
            "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
    example = messages_example(3)
    example["messages"][2]["reasoning_content"] = "Rome?"
    first, last = turns(tokenizer_with(either), example)
    assert first.startswith("Rome?\n\nI ask.|<call>") and last == "|It is noon.<|im_end|>"
    del example["messages"][2]["reasoning_content"]
    assert turns(tokenizer_with(either), example)[0].startswith("|I ask.<call>")


def test_a_template_that_writes_the_text_beside_a_call_after_its_result_gets_the_call_alone() -> None:
    late = ("{% for m in messages %}{% if m.role == 'assistant' %}"
            "{% if loop.previtem.role != 'tool' %}<|im_start|>model\n{% endif %}"
            "{% for c in m.tool_calls or [] %}<call>{{ c.function | tojson }}</call><|im_end|>{% endfor %}"
            "{% if m.tool_calls and loop.nextitem is defined %}{{ loop.nextitem.content }}{% endif %}"
            "{{ m.content }}{% if not m.tool_calls %}<|im_end|>\n{% endif %}"
            "{% elif m.role != 'tool' %}<|im_start|>{{ m.role }}\n{{ m.content }}"
            "{% if tools and loop.first %}{{ tools | tojson }}{% endif %}<|im_end|>\n{% endif %}{% endfor %}"
            "{% if add_generation_prompt and messages[-1].role != 'tool' %}<|im_start|>model\n{% endif %}")
    first, last = turns(tokenizer_with(late), messages_example(3))
    assert first.startswith("<call>") and first.endswith("<|im_end|>") and last == "It is noon.<|im_end|>"
    assert "I ask." not in shown(tokenizer_with(late), messages_example(3))


def test_an_end_that_is_marked_again_after_the_last_turn_is_no_turn() -> None:
    twice = ("{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}{% generation %}"
             "{{ m.content }}<|im_end|>\n{% endgeneration %}{% else %}{{ m.content }}<|im_end|>\n{% endif %}"
             "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% else %}"
             "{% generation %}{{ eos_token }}{% endgeneration %}{% endif %}")
    example = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"},
                            {"role": "user", "content": "q"}, {"role": "assistant", "content": "b"}]}
    assert turns(tokenizer_with(twice), example) == ["a<|im_end|>", "b<|im_end|>"]


def test_without_a_template() -> None:
    with pytest.raises(UsageError, match="no chat template"):
        ChatEncoder(tokenizer_with(None))


def test_smollm2_is_trained_through_its_own_template() -> None:
    text = shown(made("smollm2"), messages_example(5))
    parts = [part.split("⟧")[0] for part in text.split("⟦")[1:]]
    assert len(parts) == 2 and parts[1] == "It is noon.<|im_end|>"
    assert "<|im_start|>assistant\n" in text.split("⟦")[0][-30:]
