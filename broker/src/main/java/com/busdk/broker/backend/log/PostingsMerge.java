package com.busdk.broker.backend.log;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Goes over the offsets of several postings in order. Thread: that of one read. */
final class PostingsMerge {
    private final PriorityQueue<Walk> walks = new PriorityQueue<>(Comparator.comparingInt(Walk::offset));

    /** @param from where to begin: offsets before are left out */
    PostingsMerge(List<Postings> postings, int from) {
        for (Postings one : postings) {
            int size = one.size();
            Walk walk = new Walk(one, one.lowerBound(from, size), size);
            if (walk.at < size) {
                walks.add(walk);
            }
        }
    }

    /** The next offset, or -1 when there is none. */
    int next() {
        Walk first = walks.peek();
        if (first == null) {
            return -1;
        }
        int offset = first.offset();
        first.at++;
        if (walks.size() > 1 || first.at == first.size) {
            walks.remove();
            if (first.at < first.size) {
                walks.add(first);
            }
        }
        return offset;
    }

    private static final class Walk {
        private final Postings postings;
        private final int size;
        private int at;

        Walk(Postings postings, int at, int size) {
            this.postings = postings;
            this.at = at;
            this.size = size;
        }

        int offset() {
            return postings.get(at);
        }
    }
}
