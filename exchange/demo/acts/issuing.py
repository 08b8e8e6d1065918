"""Act one: the departments issue the licences that people already had on paper, each under its own seal."""

from functools import partial

from exchange.demo.cast import Cast
from exchange.demo.stage import Stage
from exchange.synthetic import Organisation, Person


def play(stage: Stage) -> None:
    """Licences for the restaurant and its people, and for the sellers' house."""
    cast, tell = stage.cast, stage.telling
    tell.act("一、核发电子证照", "Departments issue licences, each under its own seal")
    for zh, en, name, department, type_key, of in _licences(cast):
        tell.step(zh, en, "issued", partial(stage.issue, name, department, type_key, of))


def _licences(cast: Cast) -> tuple[tuple[str, str, str, str, str, Organisation | Person], ...]:
    """Title in both languages, name in the story, issuing department, licence type, holder."""
    shop, principal, cook = cast.restaurant, cast.principal, cast.cook
    seller, wife, buyer = cast.sellers.husband, cast.sellers.wife, cast.buyers.husband
    return (
        ("营业执照", "Business licence", "business", "city-market", "business-licence", shop),
        (
            "身份证：餐馆负责人",
            "The principal's identity card",
            "principal-id",
            "city-police",
            "identity-card",
            principal,
        ),
        ("健康证明：厨师", "The cook's health certificate", "cook-health", "city-hospital", "health-proof", cook),
        ("不动产权证书：店铺", "Title of the premises", "shop-title", "city-land", "real-estate", shop),
        ("不动产权证书：待售住房", "Title of the house for sale", "house-title", "city-land", "real-estate", seller),
        ("身份证：卖方", "The seller's identity card", "seller-id", "city-police", "identity-card", seller),
        ("身份证：卖方配偶", "His wife's identity card", "spouse-id", "city-police", "identity-card", wife),
        ("身份证：买方", "The buyer's identity card", "buyer-id", "city-police", "identity-card", buyer),
        ("结婚证：卖方夫妇", "The sellers' marriage certificate", "marriage", "city-civil", "marriage", seller),
    )
