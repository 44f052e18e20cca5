package com.busdk.workers.ssh;

/**
 * The request was delivered again, and the worker that has it now has ended the job of this attempt: that one answers.
 */
final class SupersededException extends Exception {
    SupersededException() {
        super("another worker has taken the job over", null, false, false);
    }
}
