package com.busdk.cli.term;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A result stream: buffered bytes, UTF-8 text, and errors that are not swallowed as those of {@link java.io.PrintStream}
 * are. A write that fails since the reader went away is a {@link BrokenPipeException}.
 *
 * <p>Not safe for use by several threads.
 */
public final class Output implements AutoCloseable {
    /** Large enough for a batch of events a system call, small against the start-up of a process. */
    private static final int BUFFER_BYTES = 32 * 1024;

    private final OutputStream stream;
    private final PipeReader reader;

    /** An output into {@code stream}, which is closed with it. */
    public Output(OutputStream stream) {
        this(stream, PipeReader.UNKNOWN);
    }

    private Output(OutputStream stream, PipeReader reader) {
        this.stream = new BufferedOutputStream(stream, BUFFER_BYTES);
        this.reader = reader;
    }

    /** Standard output of this process. */
    public static Output standard() {
        return new Output(new FileOutputStream(FileDescriptor.out), PipeReader.OF_STANDARD_OUTPUT);
    }

    /** Looks whether somebody still reads, without writing; {@link BrokenPipeException} where it is known that nobody does. */
    public void checkReader() {
        if (reader.isGone()) {
            throw new BrokenPipeException(new IOException("Broken pipe"));
        }
    }

    /** Writes {@code text} and a line break. */
    public void line(String text) {
        print(text);
        print("\n");
    }

    /** Writes {@code text}. */
    public void print(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        write(bytes, 0, bytes.length);
    }

    /** Writes {@code length} bytes from {@code offset} on. */
    public void write(byte[] bytes, int offset, int length) {
        try {
            stream.write(bytes, offset, length);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Hands over what has been written so far. */
    public void flush() {
        try {
            stream.flush();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private static UncheckedIOException failure(IOException e) {
        // Java has no type for EPIPE, only the text of the system.
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("broken pipe") || message.contains("connection reset")
                ? new BrokenPipeException(e)
                : new UncheckedIOException("cannot write the output: " + e.getMessage(), e);
    }
}
