package com.busdk.broker.backend.log;

/** Offsets of the frames of one name in one segment, ascending. Any thread. */
interface Postings {
    int size();

    /** @param index below a {@link #size} that the caller has read */
    int get(int index);

    /** The first place of those below {@code size} whose offset is {@code offset} or more. */
    default int lowerBound(int offset, int size) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (get(middle) < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
