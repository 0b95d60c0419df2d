"""What the document says of rehearsals and drafts is what is answered, field by field."""

from service.api import replies, rules

TEXT = "سه روزه سفارشم نرسیده و کسی پاسخ نمی‌دهد"


def test_a_rehearsal_has_its_shape_whether_of_a_text_or_of_days(desk):
    assert desk.post("/v1/feedback", {"text": TEXT}).status_code == 201
    asked = (({"text": TEXT}, rules.OfTextOut), ({"days": 7}, rules.TrialOut))
    for body, shape in asked:
        answer = desk.post("/v1/rules/test", body, role="admin")
        assert answer.status_code == 200, answer.text
        shape.model_validate_json(answer.content)


def test_a_draft_and_the_look_at_it_have_their_shapes(desk):
    ticket = desk.post("/v1/feedback", {"text": TEXT}).json()["ticket"]["id"]
    draft = desk.get(f"/v1/tickets/{ticket}/reply", role="agent")
    replies.DraftOut.model_validate_json(draft.content)
    checked = desk.post(f"/v1/tickets/{ticket}/reply/check", {"body": draft.json()["text"]}, role="agent")
    replies.CheckedReplyOut.model_validate_json(checked.content)
