package com.busdk.cli.faults;

/**
 * What is published: no other event of a run has it, so that it is known again wherever it turns up.
 *
 * @param publisher who sends it, one after the other
 * @param number counts the publisher's, from 0
 */
record Value(String publisher, long number) {
    @Override
    public String toString() {
        return publisher + "/" + number;
    }
}
