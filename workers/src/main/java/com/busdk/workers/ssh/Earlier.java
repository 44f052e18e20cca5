package com.busdk.workers.ssh;

/** Whether an earlier attempt at a request may have begun its script. */
enum Earlier {
    /** None was made: the request is delivered for the first time. */
    NONE,

    /**
     * The request says that it is delivered for the first time, but it is old. As a rule it had to wait; but so says one
     * that was given up after several attempts and is delivered anew.
     */
    UNLIKELY,

    /** The request was delivered before. */
    LIKELY
}
