package com.busdk.broker.backend.log;

import org.jspecify.annotations.Nullable;

/**
 * Where things are in one segment: in memory while it is written ({@link LiveIndex}), mapped from a file afterwards
 * ({@link IndexFile}). Any thread.
 */
interface SegmentIndex {
    /** Each so many-th event's offset is in the sparse list. */
    int SPARSE_EVERY = 64;

    /** Every {@link #SPARSE_EVERY}th event's offset, from the first on. */
    Postings sparse();

    /** The frames of that name, or null where there is none. */
    @Nullable
    Postings postings(byte[] name);

    /** Distinct names. */
    int nameCount();

    /** The names in order, from behind {@code after} on. */
    NameWalk names(String after);

    /** Goes over names; starts before the first one. */
    interface NameWalk {
        /** Moves to the next name; false, where there is none. */
        boolean next();

        String name();

        Postings postings();

        long lastSequence();

        long lastTimeMicros();
    }
}
