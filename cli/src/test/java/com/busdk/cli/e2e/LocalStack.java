package com.busdk.cli.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A {@code bus up} of its own, in a folder of its own, at free ports; and commands that find it. */
final class LocalStack implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final Path folder;
    private final Path checkout = checkout();
    private Process up;
    private BufferedReader out;
    private JsonNode started;

    LocalStack(Path folder) throws IOException {
        this.folder = folder;
        up = launch();
        started = read(up);
    }

    private Process launch() throws IOException {
        return builder(List.of(
                        "scripts/bus",
                        "-f",
                        "json",
                        "up",
                        "--containers",
                        "static",
                        "--port",
                        "0",
                        "--events-port",
                        "0"))
                .redirectError(folder.resolve("up.log").toFile())
                .start();
    }

    private JsonNode read(Process process) throws IOException {
        out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        if (line == null) {
            throw new IOException("bus up ended: " + Files.readString(folder.resolve("up.log")));
        }
        return new ObjectMapper().readTree(line);
    }

    /** The six digits that the stack prints next. */
    String oneTimePassword() throws IOException {
        String line = String.valueOf(out.readLine());
        Matcher digits = Pattern.compile(": ([0-9]{6}) ").matcher(line);
        if (!digits.find()) {
            throw new IOException("no one-time password: " + line);
        }
        return digits.group(1);
    }

    /** Root of the events service. */
    String eventsUrl() {
        return started.path("eventsUrl").asText();
    }

    /** Root of the gateway. */
    String gatewayUrl() {
        return started.path("gatewayUrl").asText();
    }

    Path tokenFile() {
        return Path.of(started.path("tokenFile").asText());
    }

    /** What a command did. */
    record Outcome(int exit, String out, String err) {}

    /** Runs {@code scripts/bus} with these arguments. */
    Outcome bus(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("scripts/bus"));
        command.addAll(List.of(arguments));
        return run(command);
    }

    /** Runs a line as a shell does. */
    Outcome shell(String line) throws IOException, InterruptedException {
        return run(List.of("sh", "-c", line));
    }

    Outcome run(List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        Process process = builder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("did not end: " + command + "\n" + Files.readString(out) + Files.readString(err));
        }
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** Starts a command that goes on; the caller ends it. */
    ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(checkout.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("BUS_"));
        environment.put("BUS_BUILD", "never");
        environment.put("BUS_CONFIG_DIR", folder.resolve("config").toString());
        environment.put("XDG_STATE_HOME", folder.resolve("state").toString());
        if (started != null) {
            environment.put("BUS_EVENTS_API_URL", eventsUrl());
            environment.put("BUS_AI_API_URL", gatewayUrl());
            environment.put("BUS_AUTH_API_URL", gatewayUrl());
        }
        return builder;
    }

    /** As a power failure would end it, but for what the operating system still writes. */
    void kill() throws InterruptedException {
        up.descendants().forEach(ProcessHandle::destroyForcibly);
        up.destroyForcibly().waitFor();
    }

    void restart() throws IOException, InterruptedException {
        if (up.isAlive()) {
            stop();
        }
        up = launch();
        started = read(up);
    }

    /** Ctrl-C. */
    int stop() throws InterruptedException {
        up.destroy();
        if (!up.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            kill();
            throw new IllegalStateException("bus up did not stop");
        }
        return up.exitValue();
    }

    @Override
    public void close() {
        try {
            if (up.isAlive()) {
                stop();
            }
        } catch (InterruptedException e) {
            up.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** The checkout that this test was built in. */
    static Path checkout() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("scripts/bus"))) {
            Path parent = at.getParent();
            if (parent == null) {
                throw new IllegalStateException("not started in a checkout");
            }
            at = parent;
        }
        return at;
    }
}
