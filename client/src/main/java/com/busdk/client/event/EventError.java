package com.busdk.client.event;

/**
 * Why a request failed, on its response event.
 *
 * @param type a stable word such as {@code vm_unavailable}, not blank
 * @param message one sentence for a person, may be empty
 */
public record EventError(String type, String message) {
    /** Refuses a blank type. */
    public EventError {
        if (type.isBlank()) {
            throw new IllegalArgumentException("error.type is blank: give a word such as unavailable");
        }
    }
}
