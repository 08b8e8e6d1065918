"""Act three: a second-hand house goes from one couple to another: housing, tax and land, each reading what it needs."""

from onceonly.v1 import licence_pb2

from exchange.demo import desks
from exchange.demo.acts.restaurant import state_of
from exchange.demo.stage import Stage
from exchange.demo.telling import Told
from exchange.edge.convert.values import put_field_values
from exchange.synthetic import Person

_CLERK = "clerk-1"


def play(stage: Stage) -> None:
    """Contract, tax, registration."""
    tell, cast = stage.telling, stage.cast
    seller, buyer = cast.sellers.husband, cast.buyers.husband
    tell.act("三、二手房过户：跨三个部门", "A second-hand house, across three departments")
    couple = {"seller": seller, "buyer": buyer}

    tell.step(
        "住建局：网签备案办件",
        "Housing opens the filing of the contract",
        "OPEN",
        lambda: _open(stage, "city-housing", "house-contract", couple),
    )
    tell.step(
        "住建局调取房产与身份证照",
        "Housing reads title and identities",
        "released 3 of 3",
        lambda: stage.fetch_all("city-housing", _CLERK, "house-contract", lines=3),
    )
    tell.step(
        "网签备案证明",
        "The filed contract is issued",
        "issued",
        lambda: stage.issue("contract", "city-housing", "sale-contract", buyer),
    )

    tell.step(
        "税务局：契税申报办件",
        "Tax opens the declaration",
        "OPEN",
        lambda: _open(stage, "city-tax", "house-tax", couple),
    )
    tell.step(
        "税务局调取合同、房产与身份证照",
        "Tax reads contract, title and identities",
        "released 4 of 4",
        lambda: stage.fetch_all("city-tax", _CLERK, "house-tax", lines=4),
    )
    tell.step(
        "契税完税证明", "The tax voucher is issued", "issued", lambda: stage.issue("tax", "city-tax", "tax-paid", buyer)
    )

    parties = {**couple, "seller_spouse": cast.sellers.wife}
    tell.step(
        "自然资源局：转移登记办件",
        "Land opens the registration",
        "OPEN",
        lambda: _open(stage, "city-land", "house-transfer", parties, "married_seller"),
    )
    tell.step(
        "卖方尚未授权：结婚证不予提供",
        "Without the seller's consent, no marriage certificate",
        "released 6 of 7",
        lambda: stage.fetch_all("city-land", _CLERK, "house-transfer", lines=7),
    )
    tell.step("卖方授权使用结婚证", "The seller consents", "consented", lambda: _consent(stage))
    tell.step("调取结婚证", "The marriage certificate is released", "released", lambda: _marriage(stage))
    tell.step(
        "受理",
        "Land accepts",
        "ACCEPTED",
        lambda: Told(state_of(desks.accept(stage.desk("city-land", _CLERK), stage.cases["house-transfer"]))),
    )
    tell.step(
        "准予登记",
        "Land registers the transfer",
        "APPROVED",
        lambda: _register(stage, buyer),
    )
    tell.step("注销卖方产权证书", "The seller's title is ended", "REVOKED", lambda: _end_title(stage))
    tell.step(
        "核发买方产权证书",
        "The buyer's title was issued with the decision",
        "issued",
        lambda: Told("issued", stage.licences["new-title"].identifier, {"licence": stage.licences["new-title"].name}),
    )


def _open(stage: Stage, department: str, matter: str, parties: dict[str, Person], *situations: str) -> Told:
    case = desks.open_case(
        stage.desk(department, _CLERK),
        f"QH-2026-{matter}",
        stage.city.matter(matter).code,
        {role: stage.cast.holder(person) for role, person in parties.items()},
        situations,
    )
    stage.cases[matter] = case.name
    stage.telling.counts["cases opened"] += 1
    return Told(state_of(case), case.name, {"case": case.name})


def _consent(stage: Stage) -> Told:
    given = desks.consent(stage.desk("city-land", _CLERK), stage.cases["house-transfer"], "seller", ["marriage"])
    stage.telling.counts["consents recorded"] += 1
    return Told("consented", facts={"consent": given.name})


def _marriage(stage: Stage) -> Told:
    answer = desks.fetch(stage.desk("city-land", _CLERK), stage.cases["house-transfer"], "marriage")
    stage.note(answer.log_position.index)
    stage.telling.counts["extracts released"] += 1
    return Told("released", "、".join(sorted(answer.extract.fields)))


def _register(stage: Stage, buyer: Person) -> Told:
    """The decision and the buyer's title in one call."""
    licence_type, office = stage.city.licence_type("real-estate"), stage.city.department("city-land").name.zh
    title = licence_pb2.Licence(number=f"QH-real-estate-{buyer.number}")
    fields = stage.cast.synthetic.licence_fields(licence_type, buyer, office)
    fields |= {"owner_names": (buyer.name,), "owner_ids": (buyer.citizen_id,), "co_ownership": "单独所有"}
    put_field_values(title.fields, fields)
    decided = desks.approve_with_licence(
        stage.desk("city-land", "approver-1"), stage.cases["house-transfer"], "准予登记。", title
    )
    stage.licences["new-title"] = decided.results[0].licence
    stage.telling.counts["licences issued"] += 1
    return Told(state_of(decided.case))


def _end_title(stage: Stage) -> Told:
    ended = desks.revoke(
        stage.desk("city-land", "issuer-1"), stage.licences["house-title"], "REVOCATION_CAUSE_APPLICATION", "转移登记"
    )
    return Told(stage.state(ended))
