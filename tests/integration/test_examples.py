# SPDX-License-Identifier: Apache-2.0
"""The published requests give the published answers."""

from harness import compare, envelope, example

# A relation of the show example points to the contact itself, and its contact
# has no name there.
RELATED = ("relation_set.*.contact*",)


def create(api, name):
    """A contact made by a published request; what create answered."""
    return envelope(api.post_example("contact_information/create",
                                     f"{name}.request.json"))


def test_create_person(api):
    compare(create(api, "create-person"),
            example("create-person.response.json"))


def test_create_company(api):
    compare(create(api, "create-company"),
            example("create-company.response.json"))


def test_create_person_with_fields_set(api):
    compare(create(api, "create-person-fields-set"),
            example("create-person-fields-set.response.json"))


def test_show_gives_what_create_stored(api):
    contact_id = create(api, "create-person")["id"]
    shown = api.show(contact_id)
    compare(shown, example("show.response.json"),
            exempt=("relation_set.*.contact.name",), shape=RELATED)
    assert shown["id"] == contact_id
    assert shown["relation_set"][0]["contact"]["name"]


def test_update(api):
    answer = api.post_example("contact_information/update",
                              "update.request.json")
    compare(envelope(answer), example("update.response.json"),
            exempt=("owned_by_group.community_name",))
    settings = envelope(answer)["authorization_settings"]
    assert settings["send_direct_marketing_material"] is False
    assert settings["direct_marketing_setting_updated_by_user"]["id"]
    assert settings["send_affiliate_marketing_material"] is False
    assert settings["affiliate_marketing_setting_updated_by_user"]["id"]
