"""Every loss call ends as violated, satisfied or undecided."""

from __future__ import annotations

import pytest

from lossguard.analysis.source import from_text
from lossguard.assessment import LossVerdict, Verdict
from lossguard.contracts import DType, Space
from lossguard.rules import all_rules
from lossguard.verdicts import judge
from tests.analysis.probing import program, sites

RULES = [rule for rule in all_rules() if rule.on_by_default]


def verdicts(body: str) -> list[LossVerdict]:
    """The verdict on every loss call of a program."""
    return judge(sites(from_text(program(body), "<program>")), RULES)


def only(body: str) -> LossVerdict:
    (verdict,) = verdicts(body)
    return verdict


LINEAR = "nn.Linear(4, 3)(x)"
VIOLATED = {
    "LG101": "def train(x, y): F.cross_entropy(x.softmax(1), y)",
    "LG102": "def train(x, y): F.cross_entropy(F.log_softmax(x, 1), y)",
    "LG103": "def train(x, y): nn.CrossEntropyLoss()(torch.sigmoid(x), y)",
    "LG104": "def train(x, y): F.binary_cross_entropy_with_logits(torch.sigmoid(x), y)",
    "LG105": f"def train(x, y): nn.BCELoss()({LINEAR}, y)",
    "LG106": f"def train(x, y): F.nll_loss({LINEAR}, y)",
    "LG107": "def train(x, y): F.kl_div(x.softmax(1), y)",
    "LG201": f"def train(x, y): F.cross_entropy({LINEAR}, F.one_hot(y, 3))",
    "LG202": "def train(): F.cross_entropy(nn.Linear(4, 3)(torch.zeros(8, 4)), torch.zeros(8))",
    "LG203": "def train(x, y): F.binary_cross_entropy(torch.sigmoid(x), torch.tensor([1, 0]))",
}
SATISFIED = {
    "logits": f"def train(x, y): F.cross_entropy({LINEAR}, y)",
    "log-probabilities": f"def train(x, y): F.nll_loss(F.log_softmax({LINEAR}, 1), y)",
    "unit interval": f"def train(x, y): F.binary_cross_entropy(torch.sigmoid({LINEAR}), y)",
    "logits for a sigmoid": f"def train(x, y): F.binary_cross_entropy_with_logits({LINEAR}, y)",
    "every branch": f"def train(x, y, flag): F.cross_entropy({LINEAR} if flag else {LINEAR} * 2, y)",
    "real values of a shape that no target is stretched to": (
        "def train(x, y): F.mse_loss(nn.Conv2d(4, 3, 1)(x), y)"
    ),
    "real values in as many dimensions": (
        "def train(): F.l1_loss(nn.Linear(4, 1)(torch.zeros(8, 4)), torch.zeros(8, 1))"
    ),
}
UNDECIDED = {
    "a parameter": "def train(x, y): F.cross_entropy(x, y)",
    "an import": "from elsewhere import model\ndef train(x, y): F.cross_entropy(model(x), y)",
    "an attribute": "def train(self, x, y): F.cross_entropy(self.model(x), y)",
    "a branch that nobody offers by name": (
        f"def train(x, y): F.cross_entropy(x.softmax(1) if x.shape[0] > 3 else {LINEAR}, y)"
    ),
    "one of two values is unknown": f"def train(x, y, flag): F.cross_entropy({LINEAR} if flag else x, y)",
    "real values of an unknown shape": "def train(x, y): F.mse_loss(x.softmax(1), y)",
    "a column against an unknown shape": ("def train(y): F.mse_loss(nn.Linear(4, 1)(torch.zeros(8, 4)), y)"),
    "one row against an unknown shape": "def train(y): F.mse_loss(torch.zeros(8, requires_grad=True), y)",
    "arguments out of sight": "def train(batch): F.cross_entropy(*batch)",
    "log-probabilities over the samples": "def train(x, y): F.nll_loss(x.view(8, -1).log_softmax(0), y)",
    "a tensor is asked for a name": f"def train(x, y): F.cross_entropy({LINEAR}['scores'], y)",
    "a space that decides nothing": f"def train(x, y): F.cross_entropy(F.relu({LINEAR}), y)",
}
ENDS = {
    "an activation": (f"def train(x, y): F.cross_entropy(F.gelu({LINEAR}), y)", "F.gelu("),
    "a layer": (
        "def train(x, y): F.cross_entropy(nn.Sequential(nn.Linear(4, 3), nn.GELU())(x), y)",
        "nn.GELU()",
    ),
    "arithmetic": (f"def train(x, y): F.cross_entropy({LINEAR} + x.abs(), y)", "parameter `x` of `train`"),
    "the first of several": (
        "def train(x, y): F.cross_entropy(x.float().view(8, 3), y)",
        "parameter `x` of `train`",
    ),
    "a function of a library": (
        "from timm import create\ndef train(x, y): F.cross_entropy(create()(x), y)",
        "`timm.create`",
    ),
    "a model that is handed in": (
        "def train(model, x, y): F.cross_entropy(model(x), y)",
        "parameter `model` of `train`",
    ),
}


@pytest.mark.parametrize("code", VIOLATED)
def test_a_broken_contract_is_violated(code: str) -> None:
    verdict = only(VIOLATED[code])
    assert verdict.verdict is Verdict.VIOLATED
    assert [diagnostic.code for diagnostic in verdict.diagnostics] == [code]
    assert verdict.reason == ""


@pytest.mark.parametrize("name", SATISFIED)
def test_what_the_loss_expects_is_satisfied(name: str) -> None:
    verdict = only(SATISFIED[name])
    assert (verdict.verdict, verdict.diagnostics, verdict.reason) == (Verdict.SATISFIED, (), "")


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_is_not_known_is_undecided_and_silent(name: str) -> None:
    verdict = only(UNDECIDED[name])
    assert (verdict.verdict, verdict.diagnostics) == (Verdict.UNDECIDED, ())
    assert verdict.reason


def test_an_undecided_call_says_where_knowledge_ended() -> None:
    assert "parameter `x` of `train`" in only(UNDECIDED["a parameter"]).reason


@pytest.mark.parametrize("name", ENDS)
def test_the_reason_names_the_first_hop_at_which_knowledge_ended(name: str) -> None:
    body, hop = ENDS[name]
    assert hop in only(body).reason


def test_only_what_holds_on_every_way_is_told_of_input_and_target() -> None:
    verdict = only("""
        def train(x, flag):
            out = nn.Conv2d(4, 3, 1)(x) if flag else nn.Conv2d(4, 5, 1)(x).double()
            y = torch.zeros(8, dtype=torch.long) if flag else torch.zeros(8)
            F.mse_loss(out, y)
        """)
    assert verdict.input is not None
    assert verdict.target is not None
    assert (verdict.input.space, verdict.input.dtype) == (Space.LOGITS, DType.FLOAT)
    assert verdict.input.shape == (None, None, None, None)
    assert (verdict.target.shape, verdict.target.dtype) == ((8,), None)


def test_nothing_is_told_of_an_input_that_is_unknown_on_one_way() -> None:
    assert only(UNDECIDED["one of two values is unknown"]).input is None


def test_a_choice_that_is_offered_by_name_is_named() -> None:
    verdict = only(f"""
        def train(x, y, args):
            if args.model == "soft":
                out = x.softmax(1)
            else:
                out = {LINEAR}
            F.cross_entropy(out, y)
        """)
    assert verdict.verdict is Verdict.VIOLATED
    (diagnostic,) = verdict.diagnostics
    assert diagnostic.message.endswith(', when args.model == "soft"')


def test_two_choices_are_named_together() -> None:
    verdict = only(f"""
        def train(x, y, args):
            out = {LINEAR}
            if args.head == "soft":
                if args.loss == "ce":
                    out = x.softmax(1)
            F.cross_entropy(out, y)
        """)
    (diagnostic,) = verdict.diagnostics
    assert 'args.head == "soft"' in diagnostic.message
    assert 'args.loss == "ce"' in diagnostic.message


def test_the_value_of_a_case_is_a_choice_that_is_offered_by_name() -> None:
    verdict = only(f"""
        def train(x, y, kind):
            match kind:
                case "soft":
                    out = x.softmax(1)
                case _:
                    out = {LINEAR}
            F.cross_entropy(out, y)
        """)
    (diagnostic,) = verdict.diagnostics
    assert "soft" in diagnostic.message.partition(", when ")[2]


def test_a_correlated_choice_of_activation_and_loss_is_right() -> None:
    found = verdicts(f"""
        def train(x, y, cfg):
            out = x.log_softmax(1) if cfg.loss == "nll" else {LINEAR}
            if cfg.loss == "nll":
                F.nll_loss(out, y)
            elif cfg.loss == "ce":
                F.cross_entropy(out, y)
        """)
    assert [verdict.verdict for verdict in found] == [Verdict.SATISFIED, Verdict.SATISFIED]


def test_evaluation_mode_is_silent() -> None:
    body = f"""
        class Net(nn.Module):
            def forward(self, x):
                out = {LINEAR}
                return out if self.training else out.softmax(1)
        def step(x, y):
            net = Net()
            MODE
            F.cross_entropy(net(x), y)
        """
    assert only(body.replace("MODE", "net.train()")).verdict is Verdict.SATISFIED
    assert only(body.replace("MODE", "net.eval()")).diagnostics == ()
    assert only(body.replace("MODE", "net.eval(); net.train()")).verdict is Verdict.SATISFIED
    wrong = body.replace("if self.training else out.softmax(1)", ".softmax(1) if self.training else out")
    assert [d.code for d in only(wrong.replace("MODE", "net.train()")).diagnostics] == ["LG101"]


def test_a_construction_is_listed_only_where_it_is_wrong() -> None:
    assert verdicts("criterion = nn.CrossEntropyLoss(reduction='sum')") == []
    (wrong,) = verdicts("def train(x, y): return nn.CrossEntropyLoss(x.softmax(1), F.one_hot(y))")
    assert [diagnostic.code for diagnostic in wrong.diagnostics] == ["LG302"]
    assert wrong.loss == "CrossEntropyLoss"


def test_every_way_to_a_call_counts_and_each_finding_stands_once() -> None:
    verdict = only(f"""
        def loss(out, y): return F.cross_entropy(out, y)
        def train(x, y):
            loss({LINEAR}, y)
            loss(x.softmax(1), y)
            loss(x.softmax(1), y)
        """)
    assert verdict.verdict is Verdict.VIOLATED
    assert [diagnostic.code for diagnostic in verdict.diagnostics] == ["LG101"]


def test_the_finding_stands_at_the_argument_and_the_verdict_at_the_call() -> None:
    verdict = only("def train(x, y): total = F.cross_entropy(target=y, input=x.softmax(1))")
    assert (verdict.span.line, verdict.span.column) == (4, 26)
    (diagnostic,) = verdict.diagnostics
    assert (diagnostic.span.column, diagnostic.span.end_column) == (58, 70)
    assert verdict.input is not None
    assert verdict.input.space.value == "probabilities"


def test_calls_come_in_the_order_of_their_places() -> None:
    found = verdicts("""
        def second(x, y): F.nll_loss(x, y); F.cross_entropy(x, y)
        def first(x, y): F.mse_loss(x, y)
        second(1, 2)
        """)
    assert [verdict.loss for verdict in found] == ["NLLLoss", "CrossEntropyLoss", "MSELoss"]


def test_more_ways_than_are_followed_decide_nothing() -> None:
    choices = "\n".join(f"            if args.a{n} == {n}: x = nn.Linear(4, {n + 2})(x0)" for n in range(40))
    body = f"""
        def train(x0, y, args):
            x = nn.Linear(4, 3)(x0)
{choices}
            F.cross_entropy(x, y)
        """
    verdict = only(body)
    assert (verdict.verdict, verdict.diagnostics) == (Verdict.UNDECIDED, ())
    assert "too many" in verdict.reason
    assert verdict.input is None


def test_class_probabilities_of_another_shape_are_not_satisfied() -> None:
    (call,) = verdicts(
        "F.cross_entropy(nn.Linear(9, 3)(torch.randn(4, 7, 9)), torch.rand(4, 3, 3).view(4, 3, 3))"
    )
    assert call.verdict is Verdict.UNDECIDED
    assert call.reason == "the shapes of class scores and class probabilities differ"


QUESTIONS = [
    "x.shape[1] == 1",
    "x.size(1) == 1",
    "x.dim() == 2",
    "len(x.shape) == 2",
    "name.lower() == 'bce'",
    "name.split('_')[0] == 'bce'",
    "name.startswith('bce')",
    "os.environ.get('LOSS') == 'bce'",
    "os.getenv('LOSS', 'ce') == 'bce'",
    "options.get('loss', 'ce') == 'bce'",
    "options.get('loss').get('name') == 'bce'",
    "options['loss']['name'] == 'bce'",
    "options.loss.upper() == 'BCE'",
    "settings.get_loss() == 'bce'",
    "isinstance(name, str)",
    "hasattr(name, 'bce')",
    "name in ('bce', 'b')",
    "int(name) == 1",
    "name % 2 == 0",
    "torch.cuda.is_available()",
]
ASKED = """
import os
import settings

head = nn.Linear(4, 3)

def model(x, name, options):
    out = head(x)
    if {one}:
        return torch.sigmoid(out)
    return out.log_softmax(1)

def train(x, y, name, options):
    out = model(x, name, options)
    if {other}:
        return F.binary_cross_entropy(out, y)
    return F.nll_loss(out, y)
"""


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_asked_twice_has_one_answer(question: str) -> None:
    assert [each.diagnostics for each in verdicts(ASKED.format(one=question, other=question))] == [(), ()]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("options.act == 'sigmoid'", "options.loss == 'bce'"),
        ("name == 'sigmoid'", "options['loss'] == 'bce'"),
        ("name.lower() == 'sigmoid'", "options.get('loss') == 'bce'"),
    ],
)
def test_two_questions_may_have_any_answers(one: str, other: str) -> None:
    told = {
        each.loss: [d.code for d in each.diagnostics] for each in verdicts(ASKED.format(one=one, other=other))
    }
    assert told == {"BCELoss": [], "NLLLoss": ["LG106"]}
