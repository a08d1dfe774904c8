"""The words for what the guardian is asked to read."""

TITLES = {
    "override": "A decision to share without consent",
    "disclosure": "Shared without consent",
    "after_withdrawal": "Shared after consent was withdrawn",
    "no_opened": "Reopened after they said no",
}
MEANING = {
    "override": "A service may be told without the person’s consent. The decision serves for one disclosure.",
    "disclosure": "Something was told on a decision that you have read before.",
    "after_withdrawal": "It had left when the person’s word reached us. Nothing more leaves.",
    "no_opened": "The person had said no to us. It was reopened, and not on their own word.",
}
DISAGREE = {
    "override": "It then serves for nothing more, and the supervisors are asked to speak about it today.",
    "disclosure": "The decision then serves for nothing more, and the supervisors are asked to speak about it today.",
}
USUAL_DISAGREE = "The supervisors are asked to speak about it today."
