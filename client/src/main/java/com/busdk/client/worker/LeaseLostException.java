package com.busdk.client.worker;

/**
 * A handler has begun nothing, or cannot tell what became of what it began, and its request is not its own any more: see
 * {@link Lease#isHeld}. Nothing is answered to the request, which whoever has it now does; should it have come back to this
 * worker, the handler is given it anew. Immutable.
 */
public final class LeaseLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Has no stack trace: it is no fault of the program. */
    public LeaseLostException() {
        super("the request was delivered to somebody else", null, false, false);
    }
}
