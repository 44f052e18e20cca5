package com.busdk.workers.ssh;

/** Time is up, or somebody wants the run to end, before the script has begun. */
final class EndedEarlyException extends Exception {
    EndedEarlyException() {
        super(null, null, false, false);
    }
}
