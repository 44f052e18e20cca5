package com.busdk.broker.backend.embedded;

/** Reads the log by itself and wants to know when there is something new of a name. One event loop. */
interface Puller {
    /** An event of a name it is registered for has come; called once a round, after the feed has moved on. */
    void moreToRead();

    /** For the feed's own bookkeeping: sets the mark and answers whether it was unset. */
    boolean markTouched();

    void clearTouched();
}
