package com.busdk.cli.faults;

/** A promise of the service, by what it looks like when it is broken. */
enum Rule {
    LOST("answered with 202, and not in the log"),
    STORED_TWICE("twice in the log"),
    NEVER_SENT("in the log, and sent by nobody"),
    OTHER_ID("in the log under another id than it was answered with"),
    LOG_ORDER("the log's ids and sequences do not increase"),
    PUBLISHER_ORDER("before something that its publisher sent earlier"),
    LATE("behind something that was sent only after this was answered"),
    HEARD_AND_LOST("shown to somebody, and not in the log"),
    GAP("passed over"),
    REPEAT("shown again, or out of order"),
    READ_SHORT("not in a complete reading that began after it was answered"),
    TWO_ACKS("acknowledged under two leases"),
    TWO_HOLDERS("leased twice in one attempt"),
    STALE_TAKEN("an acknowledgement was taken after the next lease had been given"),
    AFTER_ACK("leased again after its acknowledgement was answered"),
    NEVER_LEASED("never leased, though the group is done"),
    NOT_DONE("never acknowledged, though the group is done");

    private final String meaning;

    Rule(String meaning) {
        this.meaning = meaning;
    }

    String meaning() {
        return meaning;
    }
}
