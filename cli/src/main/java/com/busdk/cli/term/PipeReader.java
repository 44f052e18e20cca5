package com.busdk.cli.term;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * Whether the other end of standard output is still open. Java tells that only to who writes, so {@code poll} of the
 * system is asked (POSIX.1-2017); where there is none the answer is that it is.
 *
 * <p>Any thread; the system call does not wait.
 */
final class PipeReader {
    static final PipeReader UNKNOWN = new PipeReader(-1);
    static final PipeReader OF_STANDARD_OUTPUT = new PipeReader(1);

    /** {@code struct pollfd}: an int and two shorts. */
    private static final long POLLFD_BYTES = 8;

    private static final long REVENTS_OFFSET = 6;

    /** {@code POLLERR}: nobody can read any more; the value is the same on Linux, macOS and the BSDs. */
    private static final int POLLERR = 0x8;

    /** {@code POLLHUP}: the same where a pipe is told so, as on macOS, and of terminals and sockets. */
    private static final int POLLHUP = 0x10;

    private final int descriptor;

    private PipeReader(int descriptor) {
        this.descriptor = descriptor;
    }

    boolean isGone() {
        MethodHandle poll = descriptor < 0 ? null : Poll.HANDLE;
        if (poll == null) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pollfd = arena.allocate(POLLFD_BYTES, ValueLayout.JAVA_INT.byteAlignment());
            pollfd.set(ValueLayout.JAVA_INT, 0, descriptor);
            int ready = (int) poll.invokeExact(pollfd, 1L, 0);
            int events = pollfd.get(ValueLayout.JAVA_SHORT, REVENTS_OFFSET);
            return ready == 1 && (events & (POLLERR | POLLHUP)) != 0;
        } catch (Throwable e) {
            throw new AssertionError("poll of the system cannot be called", e);
        }
    }

    /** Made when it is first needed: that takes longer than most commands. */
    private static final class Poll {
        static final @Nullable MethodHandle HANDLE = find();

        private Poll() {}

        @SuppressWarnings("restricted") // nothing but this one function, whose shape is that of the standard
        private static @Nullable MethodHandle find() {
            Linker linker = Linker.nativeLinker();
            return linker.defaultLookup()
                    .find("poll")
                    .map(address -> linker.downcallHandle(
                            address,
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT)))
                    .orElse(null);
        }
    }
}
