"""Words for automatic answers of mail systems, in the history of a referral and on the board."""

NOTICES = {
    "absence": "Their mailbox answered: they are away",
    "received": "Their mailbox answered: our email was received",
    "read_receipt": "They opened our email",
    "not_read_receipt": "They deleted our email without reading it",
    "delivered": "Our email reached their mailbox",
    "delayed": "Our email is delayed on its way",
    "automatic": "An automatic answer came",
    "address_closed": "Their mailbox answered: nobody reads it any more",
    "refuses_us": "Their email system refused our email: we send it again",
    "returned": "A report about an email of ours came",
    "complaint": "Our email was reported as unwanted",
}
