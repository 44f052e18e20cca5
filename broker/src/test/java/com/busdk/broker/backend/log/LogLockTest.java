package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One process has a log's directory. */
class LogLockTest {
    @TempDir
    Path directory;

    /** Opens the log named by its argument, says so, and keeps it until its input ends. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            try (EventLog log = SegmentLog.open(Path.of(arguments[0]), LogOptions.defaults(), LogState.NONE)) {
                Events.publish(log, "a.b", "1", 1);
                System.out.println("open");
                System.out.flush();
                int end = System.in.read();
                if (end >= 0) {
                    Runtime.getRuntime().halt(9);
                }
            }
        }
    }

    private Process holder() throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new ProcessBuilder(List.of(
                        java.toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        directory.toString()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @Test
    void shouldSayWhichProcessHasTheLog() throws Exception {
        Process holder = holder();
        try (BufferedReader said = holder.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("open", said.readLine());
            IOException refusal = assertThrows(
                    IOException.class, () -> SegmentLog.open(directory, LogOptions.defaults(), LogState.NONE));
            assertTrue(refusal.getMessage().contains(directory.toString()), refusal.getMessage());
            assertTrue(refusal.getMessage().contains("pid " + holder.pid()), refusal.getMessage());
            assertTrue(refusal.getMessage().contains("choose another directory"), refusal.getMessage());
        } finally {
            holder.getOutputStream().close();
            assertTrue(holder.waitFor(60, TimeUnit.SECONDS));
        }
        try (EventLog log = SegmentLog.open(directory, LogOptions.defaults(), LogState.NONE)) {
            assertEquals(2, log.head());
        }
    }

    @Test
    void shouldHaveTheLogAgainAfterItsHolderWasKilled() throws Exception {
        Process holder = holder();
        try (BufferedReader said = holder.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("open", said.readLine());
        } finally {
            holder.destroyForcibly();
            assertTrue(holder.waitFor(60, TimeUnit.SECONDS));
        }
        try (EventLog log = SegmentLog.open(directory, LogOptions.defaults(), LogState.NONE)) {
            assertEquals(2, log.head());
        }
    }

    @Test
    void shouldRefuseASecondOpeningInOneProcess() throws Exception {
        try (EventLog first = SegmentLog.open(directory, LogOptions.defaults(), LogState.NONE)) {
            IOException refusal = assertThrows(
                    IOException.class, () -> SegmentLog.open(directory, LogOptions.defaults(), LogState.NONE));
            assertTrue(refusal.getMessage().contains("open in this process"), refusal.getMessage());
            assertEquals(1, Events.publish(first, "a.b", "1", 1));
        }
        SegmentLog.open(directory, LogOptions.defaults(), LogState.NONE).close();
    }
}
