package com.busdk.workers.vm;

import java.util.Locale;

/** The states of the static machine; each is a state of the VM API (runtime APIs contract). */
public enum VmState {
    /** It does not run. */
    STOPPED,
    /** It was told to start and does not run yet. */
    STARTING,
    /** It runs. */
    READY;

    /**
     * The word in answers.
     *
     * @return in lower case
     */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
