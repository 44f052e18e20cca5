package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NumbersTest {
    private static Numbers taken(long... numbers) {
        var all = new Numbers(3);
        for (long number : numbers) {
            all.take(number);
        }
        return all;
    }

    @Test
    void shouldTakeAnyOrderBetweenPublishers() {
        Numbers all = taken(2, 0, 3, 5, 1, 4, 8);
        assertEquals(7, all.inOrder());
        assertEquals(0, all.repeated());
    }

    @Test
    void shouldSeeWhatComesAgain() {
        Numbers all = taken(0, 1, 2, 1, 3);
        assertEquals(4, all.inOrder());
        assertEquals(1, all.repeated());
    }

    @Test
    void shouldSeeWhatComesBehindALaterOneOfItsPublisher() {
        Numbers all = taken(0, 6, 3);
        assertEquals(2, all.inOrder(), "one of them counts as missing");
        assertEquals(1, all.repeated());
    }
}
