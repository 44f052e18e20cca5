package com.busdk.cli.events;

import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Output;
import com.busdk.client.text.Echo;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command of the shell for each event, with the envelope and a line break on its standard input. What it prints is
 * printed.
 */
final class ExecWork implements WorkTaker.Work {
    private static final int COPY_BYTES = 8 * 1024;

    private final Invocation invocation;
    private final String command;
    private final Executor copiers = task -> Thread.ofVirtual().start(task);

    ExecWork(Invocation invocation, String command) {
        this.invocation = invocation;
        this.command = command;
    }

    @Override
    public @Nullable String run(byte[] envelope) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-c", command)
                .directory(invocation.environment().directory().toFile())
                .start();
        try {
            // Each pipe has its own reader: a command may fill one while nobody empties the other.
            var out = CompletableFuture.runAsync(() -> copyOut(process.getInputStream()), copiers);
            var err = CompletableFuture.runAsync(() -> copyErr(process.getErrorStream()), copiers);
            feed(process.getOutputStream(), envelope);
            int code = process.waitFor();
            finish(out);
            finish(err);
            return code == 0 ? null : "'" + Echo.clean(command, 60) + "' ended with exit code " + code;
        } finally {
            process.destroy();
        }
    }

    private static void feed(OutputStream in, byte[] envelope) {
        try (in) {
            in.write(envelope);
            in.write('\n');
        } catch (IOException _) {
            // The command did not care for its input; its exit code tells how it went.
        }
    }

    private void copyOut(InputStream from) {
        Output out = invocation.out();
        byte[] buffer = new byte[COPY_BYTES];
        try (from) {
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                out.write(buffer, 0, read);
                out.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read what the command prints: " + e.getMessage(), e);
        }
    }

    private void copyErr(InputStream from) {
        byte[] buffer = new byte[COPY_BYTES];
        try (from) {
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                invocation.err().write(buffer, 0, read);
            }
            invocation.err().flush();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read what the command prints: " + e.getMessage(), e);
        }
    }

    private static void finish(CompletableFuture<Void> copied) throws InterruptedException {
        try {
            copied.get();
        } catch (ExecutionException e) {
            // A broken pipe among them, which ends the whole command quietly.
            throw e.getCause() instanceof RuntimeException cause ? cause : new CompletionException(e.getCause());
        }
    }
}
