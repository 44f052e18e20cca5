package com.busdk.broker.backend.log;

/** Is shown records by {@link EventLog#read}, on the reading thread. */
@FunctionalInterface
public interface RecordVisitor {
    /** What to do after a record. */
    enum Next {
        /** Go on with the next one. */
        GO_ON,
        /** This one is done; stop, and begin behind it next time. */
        STOP_BEHIND,
        /** Stop, and show this one again next time. */
        STOP_BEFORE,
        /**
         * Likewise, and keep it to be shown though it be dropped meanwhile, if there is room for that: see {@link
         * LogCursor#release}.
         */
        STOP_WITHIN
    }

    /** @param event valid only during the call */
    Next visit(LogRecord event);
}
