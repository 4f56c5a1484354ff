"""What calls cost, from the table in configs/prices.yaml. A model that is not in it has an unknown cost, never 0."""

from dataclasses import dataclass
from pathlib import Path

from toolalpaca.errors import UsageError

PRICE_TABLE = Path(__file__).resolve().parents[1] / "configs" / "prices.yaml"


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float
    cached_input: float

    def cost(self, usage: dict[str, int]) -> float:
        """US dollars for `in` tokens, `cached` of them from the endpoint's cache, and `out` tokens."""
        fresh = usage["in"] - usage["cached"]
        return (fresh * self.input + usage["cached"] * self.cached_input + usage["out"] * self.output) / 1e6


def load_prices(path: Path = PRICE_TABLE) -> dict[str, Price]:
    """Prices by model name; raises UsageError when the table is not as it should be."""
    import yaml

    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {model: Price(float(row["input"]), float(row["output"]), float(row.get("cached_input", row["input"])))
                for model, row in table.items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{path}: not a price table of 'MODEL: {{input: N, output: N}}' rows ({error!r})") from None


def price_of(model: str, prices: dict[str, Price]) -> Price | None:
    """The price of a model or of the dated version of one (`gpt-4o-2024-08-06` is priced as `gpt-4o`)."""
    if model in prices:
        return prices[model]
    dated = [name for name in prices if model.startswith(f"{name}-20")]
    return prices[max(dated, key=len)] if dated else None
