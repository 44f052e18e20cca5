package com.busdk.cli.term;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Nobody reads the output any more, as after {@code | head -1}: a reason to stop, but not a failure. */
public final class BrokenPipeException extends UncheckedIOException {
    private static final long serialVersionUID = 1L;

    BrokenPipeException(IOException cause) {
        super(cause);
    }
}
