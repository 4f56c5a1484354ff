"""What conversations are worth: everything for doing what was asked, nothing for doing nothing, less for any trick."""

import json
import re
from functools import cache

import pytest
from environment_policies import APIS, begun, records, truthful

from toolalpaca.conversation.observation import Observation
from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.jsons import leaves
from toolalpaca.environment.rewards import Weights, process_reward
from toolalpaca.evaluation.scorers.call_matching import CallsScore
from toolalpaca.evaluation.scorers.extra_calls import ExtraCall

# Tasks of which the rules misread an answer that lists fields: answered in a sentence instead.
IN_WORDS = {("PhishPond", 5): "The file is rated clean; nothing is reported against it.",
            ("Bookmobile", 4): "The loan is renewed.",
            ("Larder", 5): "I found a recipe for you: {title}.", ("Larder", 8): "I added both to your stock."}
# Tasks that ask for the newest thing of a list, of which the golden run takes the first: its id and its time.
NEWEST = {("Greenbuild", 9): ("buildId", "startedAt")}
TASKS = [(record["Name"], place) for record in records() for place in range(len(record["Instructions"]))]
SOME = TASKS[::13]  # reads and writes of most APIs
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def record_of(name):
    return next(record for record in records() if record["Name"] == name)


def play(task, policy):
    """The reward of a policy, which is given the environment and the golden calls and returns its answer."""
    environment, calls = begun(record_of(task[0]), task[1])
    answer = policy(environment, calls, task)
    if answer is not None:
        environment.answer(answer)
    return environment.reward()


def honest(environment, calls, task=None):
    return truthful(calls, [environment.call(*call) for call in calls])


def following(environment, calls, task):
    """What the calls return, those about the newest thing of a list made with its id, and that thing first."""
    name, time = NEWEST.get(task, ("", ""))
    seen = []
    for function, arguments in calls:
        if name in arguments:
            newest, *older = sorted(Observation(seen[-1]).body, key=lambda thing: thing[time], reverse=True)
            seen[-1] = f"Status Code: 200. Response: {json.dumps([newest, *older])}"
            arguments = {**arguments, name: newest[name]}
        seen.append(environment.call(function, arguments))
    return seen


@cache
def perfect(task):
    def policy(environment, calls, task):
        answer = truthful(calls, following(environment, calls, task))
        title = answer.partition("title: ")[2].partition(";")[0]
        return IN_WORDS[task].format(title=title) if task in IN_WORDS else answer

    return play(task, policy)


def writing(calls, name):
    functions = APIS.played(record_of(name)).functions
    return [call for call in calls if call[0] in functions and functions[call[0]].method in WRITES]


@pytest.mark.parametrize("name", [record["Name"] for record in records()])
def test_a_perfect_policy_gets_everything_and_an_empty_one_nothing(name):
    for task in (task for task in TASKS if task[0] == name):
        assert perfect(task).total == 1.0, task
        assert play(task, lambda environment, calls, task: None).total == 0.0, task
        assert play(task, lambda environment, calls, task: "").total == 0.0, task


# Tricks. Each is a policy; what it gets must be less than what honest work gets, or nothing where no work is done.

def repeats_golden_calls(environment, calls, task):
    seen = [environment.call(*call) for call in calls for _ in range(3)][::3]
    return truthful(calls, seen)


def spams_in_parallel(environment, calls, task):
    seen = [environment.call(*call) for call in calls]
    for number in range(20):
        environment.call(*calls[number % len(calls)])
    return truthful(calls, seen)


def calls_everything(environment, calls, task):
    seen = [environment.call(*call) for call in calls]
    for place in range(0, 10, 3):
        for call in begun(record_of(task[0]), place)[1]:
            if call not in calls:
                environment.call(*call)
    return truthful(calls, seen)


def errs_many_times_first(environment, calls, task):
    for function, _ in calls:
        for wrong in ({}, {"x": 1}, {"page": "many"}):
            environment.call(function, wrong)
    return honest(environment, calls)


def guesses_values(environment, calls, task):
    function, arguments = calls[-1]
    for number in range(4):
        environment.call(function, {name: _other(value, number) for name, value in arguments.items()})
    return honest(environment, calls)


def _other(value, number):
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    return f"{value}{number}" if isinstance(value, str) else value + number + 1


def asks_the_user_whatever_it_is(environment, calls, task):
    for question in ("Please tell me more.", "Which one do you mean?", "What is the value?"):
        environment.call("getDetails", {"Question": question})
    return honest(environment, calls)


def copies_the_instruction(environment, calls, task):
    honest(environment, calls)
    return environment.task.instruction


def dumps_the_observations(environment, calls, task):
    return " ".join([environment.call(*call) for call in calls])


def dumps_the_bodies(environment, calls, task):
    return "\n".join([environment.call(*call).partition("Response: ")[2] for call in calls][-1:])


def says_done(environment, calls, task):
    honest(environment, calls)
    return "Done."


def claims_more_than_it_did(environment, calls, task):
    return honest(environment, calls) + "\nI have also deleted your account and sent 4711 e-mails for 99.17 dollars."


def claims_what_happened_by_itself(environment, calls, task):
    return honest(environment, calls) + "\nYour fortress was demolished and your subscription has been cancelled."


def asks_the_user_nothing(environment, calls, task):
    for _ in range(10):
        environment.call("getDetails", {"Question": ""})
    return honest(environment, calls)


@pytest.mark.parametrize("trick", [
    repeats_golden_calls, spams_in_parallel, calls_everything, errs_many_times_first, guesses_values,
    asks_the_user_whatever_it_is, asks_the_user_nothing, copies_the_instruction, dumps_the_observations,
    claims_more_than_it_did])
def test_a_trick_gets_less_than_honest_work(trick):
    for task in SOME:
        assert play(task, trick).total < perfect(task).total, task


@pytest.mark.parametrize("trick", [dumps_the_bodies, says_done])
def test_a_trick_gets_no_more_than_honest_work(trick):
    found = [play(task, trick).total for task in SOME]
    assert all(total <= 1.0 for total in found)
    assert sum(total < 1.0 for total in found) > len(found) / 2, "of most tasks a result is asked for"


def dumps_json_in_prose(environment, calls, task):
    return f"Here is what I found: {json.dumps(bodies(environment, calls))}"


def dumps_a_python_value_in_a_fence(environment, calls, task):
    return f"```\n{bodies(environment, calls)}\n```"


def bodies(environment, calls):
    """What all calls returned, by their names."""
    return {name: Observation(environment.call(name, given)).body for name, given in calls}


@pytest.mark.parametrize("trick", [dumps_json_in_prose, dumps_a_python_value_in_a_fence])
def test_data_in_place_of_an_answer_has_no_form(trick):
    for task in SOME:
        assert play(task, trick).format == 0.0, task


@pytest.mark.parametrize("answer", [
    "Sorry, something went wrong and I could not do it.", "I am unable to help with that request.",
    "The API returned an error, so nothing was changed.", "I did not do any of this. None of it was done.",
    "Lorem ipsum dolor sit amet.", "The weather is lovely and I like poems.", "I will do it right away.",
    "What else would you like to know?", "Yes.", "No.", "\U0001f44d", "- - -"])
def test_an_answer_that_denies_the_work_or_speaks_of_something_else_is_no_response(answer):
    rewards = [play(task, lambda environment, calls, task: (following(environment, calls, task), answer)[1])
               for task in SOME]
    assert all(reward.process == 1.0 for reward in rewards)
    assert sum(reward.response for reward in rewards) <= 1.0, "a result may share a word with any sentence by chance"


def test_results_do_not_pay_for_denying_the_work():
    for task in SOME:
        reward = play(task, lambda environment, calls, task: (
            f"{honest(environment, calls)}\nI did not do any of this. None of it was done."))
        assert reward.response == 0.0, task


def values_of(environment, calls):
    """What the last call returned, as texts."""
    return list(map(str, leaves(Observation([environment.call(*call) for call in calls][-1]).body)))


def lists_texts_in_a_fence(environment, calls, task):
    return f"```json\n{json.dumps(values_of(environment, calls))}\n```"


def lists_texts_in_a_sentence(environment, calls, task):
    return f"Here they are: {values_of(environment, calls)} as you asked."


def writes_markup(environment, calls, task):
    return "".join(f"<value>{value}</value>" for value in values_of(environment, calls))


def says_it_twenty_times(environment, calls, task):
    return "\n".join([honest(environment, calls)] * 20)


def adds_filler(environment, calls, task):
    return honest(environment, calls) + "\n" + "All is well and good. " * 300


def adds_words_of_any_answer(environment, calls, task):
    return honest(environment, calls) + "\n" + "the of and to in is you that it he was for on are as with his " * 20


def denies_in_another_language(environment, calls, task):
    return honest(environment, calls) + "\nDas habe ich aber nicht gemacht."


@pytest.mark.parametrize("trick", [
    lists_texts_in_a_fence, lists_texts_in_a_sentence, writes_markup, says_it_twenty_times, adds_filler,
    adds_words_of_any_answer, denies_in_another_language])
def test_what_is_no_text_for_the_user_has_no_form(trick):
    for task in SOME:
        assert play(task, trick).format == 0.0, task


@pytest.mark.parametrize("separator", [", ", " | ", "\n", "; "])
def test_values_in_a_row_have_no_form(separator):
    """A few of them are an answer in any case."""
    def trick(environment, calls, task):
        return separator.join(values_of(environment, calls))

    long = [task for task in SOME if len(values_of(*begun(record_of(task[0]), task[1]))) > 4]
    assert len(long) > 10
    for task in long:
        assert play(task, trick).format == 0.0, task


@pytest.mark.parametrize("hidden", [
    "<think>{}</think>", "<!-- {} -->", "Hello! <!-- {} -->", '<span style="display:none">{}</span> Hello.',
    "<p hidden>{}</p> Hello.", "<script>{}</script>", "Hello.\n[comment]: # ({})", "<think>{}"])
def test_what_a_user_does_not_see_is_no_answer(hidden):
    for task in SOME:
        reward = play(task, lambda environment, calls, task: hidden.format(
            honest(environment, calls).replace("\n", " ")))
        assert reward.response == 0.0, task


@pytest.mark.parametrize("words", [
    "{}\nJust kidding, none of this is true.", "The following is false: {}", "{}\nI made all of it up.",
    "{}\nOr perhaps it is not so; it may also be something else.", "{}\nDo not trust any of this.",
    "{}\nEverything is invented."])
def test_an_answer_that_takes_back_what_it_says_is_no_response(words):
    for task in SOME:
        reward = play(task, lambda environment, calls, task: words.format(honest(environment, calls)))
        assert reward.response == 0.0, task


def test_both_of_two_values_are_no_response():
    """An answer in all variants: the right figures, and other ones in addition."""
    def trick(environment, calls, task):
        answer = honest(environment, calls)
        other = re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), answer)
        return f"Either this:\n{answer}\nor this:\n{other}"

    told = [task for task in SOME if re.search(r"\d", play_answer(task))]
    assert sum(play(task, trick).response for task in told) <= len(told) / 10


def play_answer(task):
    return honest(*begun(record_of(task[0]), task[1]))


def test_an_answer_without_words_has_no_form():
    for answer in ("\u200b", "...", "\U0001f44d"):
        assert play(SOME[0], lambda environment, calls, task, answer=answer: (
            honest(environment, calls), answer)[1]).format == 0.0


def test_claiming_what_happened_to_the_user_is_no_response():
    """In an API that can do the like, or for a user who spoke of it, such a sentence may be a fact."""
    found = [play(task, claims_what_happened_by_itself).response for task in SOME]
    assert sum(found) <= len(found) / 10


def never_calls(environment, calls, task):
    return "Everything is done as you asked; you need not do anything."


def says_the_golden_answer_without_calling(environment, calls, task):
    other, _ = begun(record_of(task[0]), task[1])
    return honest(other, calls)


def invents_an_observation(environment, calls, task):
    return 'Status Code: 200. Response: {"ok": true}. All is well.'


def repeats_the_instruction_only(environment, calls, task):
    return environment.task.instruction


def writes_the_calls_into_its_answer(environment, calls, task):
    return "".join(f'<tool_call>{json.dumps({"name": name, "arguments": given})}</tool_call>' for name, given in calls)


def calls_what_there_is_not(environment, calls, task):
    environment.call("solveEverything", {"task": environment.task.instruction})
    return "Everything is done."


@pytest.mark.parametrize("trick", [
    never_calls, says_the_golden_answer_without_calling, invents_an_observation, repeats_the_instruction_only,
    writes_the_calls_into_its_answer, calls_what_there_is_not])
def test_who_calls_nothing_gets_nothing(trick):
    for task in SOME:
        assert play(task, trick).total == 0.0, task


def test_claiming_what_was_left_out_gets_no_more_than_admitting_it():
    for task in (task for task in SOME if len(begun(record_of(task[0]), task[1])[1]) > 1):
        claimed = play(task, lambda environment, calls, task: (
            honest(environment, calls[:-1]) + f"\nI also did {calls[-1][0]}."))
        admitted = play(task, lambda environment, calls, task: (
            honest(environment, calls[:-1]) + "\nI could not do the rest."))
        assert claimed.total <= admitted.total < 1.0


def test_a_change_made_twice_is_worth_less_than_one_made_once():
    tried = 0
    for task in TASKS[::3]:
        changes = writing(begun(record_of(task[0]), task[1])[1], task[0])
        if changes:
            reward = play(task, lambda environment, calls, task, changes=changes: (
                honest(environment, calls), environment.call(*changes[-1]))[0])
            assert reward.total < 0.9, task
            tried += 1
    assert tried > 20


def test_trying_values_is_worth_no_more_than_one_guess():
    """N guesses of which one is right are N times as likely to hit, and bring an Nth."""
    stations = ["BRE-02", "BRE-03", "BRE-04", "BRE-01"]
    for count in range(1, 5):
        environment, calls = begun(record_of("Tidewatch"), 0)
        for station in stations[-count:]:
            environment.call("getTides", {"stationId": station, "date": "2025-08-14"})
        assert environment.reward().process == pytest.approx(1 / count)


@pytest.mark.parametrize("failure", [
    "No answer: timeout. The API did not answer in time.", "Status Code: 429. Response: slow down",
    "Status Code: 500. Response: sorry", "Status Code: 503. Response: busy"])
def test_calling_again_after_a_server_failed_costs_nothing(failure):
    extra = [ExtraCall(PredictedCall(0, "getTides", {"stationId": "BRE-01"}, failure), None, changes=False)]
    assert process_reward(CallsScore([], extra, [], [], [])) == 1.0


def test_an_unasked_change_costs_the_whole_process_and_the_state():
    environment, calls = begun(record_of("Tidewatch"), 0)
    answer = honest(environment, calls)
    environment.call("deleteSurgeAlert", {"alertId": "SA-5521"})
    environment.answer(answer)
    reward = environment.reward()
    assert (reward.process, reward.state, reward.format) == (0.0, 0.0, 0.0)


def test_half_of_the_work_gets_half_of_the_process():
    reward = play(("Tidewatch", 6), lambda environment, calls, task: truthful(calls[:1], [environment.call(*calls[0])]))
    assert (reward.process, reward.response, reward.format) == (0.5, 0.0, 1.0)


def test_the_weights_decide():
    environment, calls = begun(record_of("Tidewatch"), 3)
    environment.answer(honest(environment, calls) + " It cost 99.17 dollars.")
    reward = environment.reward()
    assert (reward.process, reward.response, reward.state, reward.format) == (1.0, 0.0, 1.0, 1.0)
    assert reward.total == pytest.approx(0.7)
    environment._weights = Weights(process=0.0, response=1.0, state=1.0, format=0.0)
    assert environment.reward().total == pytest.approx(0.5)
