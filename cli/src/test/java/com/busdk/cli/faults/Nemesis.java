package com.busdk.cli.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Spoils what is around the service, and puts it right again. Used by the thread of the test. */
final class Nemesis {
    /** Longer than the leases of the workload last. */
    private static final long LONG_MILLIS = 2_500;

    private static final long SHORT_MILLIS = 700;

    /** Less than the token of a run is valid before it begins, and than idempotency keys are kept. */
    private static final int JUMP_MILLIS = 30 * 60 * 1_000;

    /** Within that a service that is able to be ready again is so. */
    private static final long READY_MILLIS = 20_000;

    private final FaultyService service;
    private final FaultProxy proxy;
    private final History history;
    private final Random random;
    private final List<String> notes = new ArrayList<>();

    Nemesis(FaultyService service, FaultProxy proxy, History history, Random random) {
        this.service = service;
        this.proxy = proxy;
        this.history = history;
        this.random = random;
    }

    /** What became of the faults whose outcome is open. */
    List<String> notes() {
        return List.copyOf(notes);
    }

    /** Does it, and leaves everything as it should be. */
    void strike(Fault fault) throws IOException, InterruptedException {
        switch (fault) {
            case KILL -> restart(service::kill);
            case POWER_LOSS -> restart(() -> service.losePower(random.nextInt()));
            case PAUSE -> {
                service.pause();
                linger(random.nextBoolean() ? LONG_MILLIS : SHORT_MILLIS);
                service.resume();
            }
            case CUT -> {
                for (int i = 0; i < 3; i++) {
                    proxy.cut(random);
                    linger(random.nextInt(200) + 1);
                }
            }
            case DELAY -> {
                proxy.delay(random.nextInt(200) + 1);
                linger(LONG_MILLIS);
                proxy.delay(0);
            }
            case STAND_STILL -> {
                proxy.standStill(true);
                linger(LONG_MILLIS);
                proxy.cut(random);
                proxy.standStill(false);
                proxy.cutNow();
            }
            case SLOW_FLUSH -> {
                service.order("delay-flushes 250");
                linger(LONG_MILLIS);
                service.order("delay-flushes 0");
            }
            case FAILED_FLUSH -> {
                service.order("fail-flushes 1");
                linger(SHORT_MILLIS);
                restart(random.nextBoolean() ? service::kill : () -> service.losePower(random.nextInt()));
            }
            case FAILED_SIDE_FLUSH -> {
                service.kill();
                proxy.cutNow();
                service.startWith("fail-side-flushes 20");
                service.order("delay-flushes 30"); // so that the writer's are mostly under way as well
                linger(2 * LONG_MILLIS);
                restart(() -> service.losePower(random.nextInt()));
            }
            case FAILED_WRITE -> {
                service.order("fail-writes " + (random.nextInt(5) + 1));
                linger(SHORT_MILLIS);
                service.order("fail-writes 0");
                restartUnlessReady();
            }
            case CLOCK_JUMP -> {
                service.order("move-clock " + random.nextInt(-JUMP_MILLIS, JUMP_MILLIS));
                linger(SHORT_MILLIS);
                service.order("move-clock 0");
            }
            case FLIPPED_BIT -> damage(this::flipBit);
            case TRUNCATED_FILE -> damage(this::truncate);
            case GARBAGE -> {
                service.kill();
                appendGarbage();
                proxy.cutNow();
                service.start();
            }
        }
    }

    /** Something that ends the process. */
    private interface End {
        void come() throws IOException, InterruptedException;
    }

    private void restart(End end) throws IOException, InterruptedException {
        end.come();
        proxy.cutNow();
        service.start();
    }

    private void linger(long millis) throws InterruptedException {
        history.await(_ -> false, millis);
    }

    private void restartUnlessReady() throws IOException, InterruptedException {
        long end = System.nanoTime() + READY_MILLIS * 1_000_000;
        Hub hub = hub();
        while (!hub.isReady()) {
            if (System.nanoTime() > end) {
                notes.add("it had to be started again after failed writes");
                restart(service::kill);
                return;
            }
            hub.breathe();
        }
    }

    /** The service, past the proxy. */
    private Hub hub() {
        return new Hub(service.port(), service.token(), service::life);
    }

    /** Changes a file of the log; says how. */
    private interface Damage {
        String to(Path file) throws IOException;
    }

    /**
     * Damages a copy's original: the service has to say so and stay down, or to show everything that it ever answered.
     * Then it goes on with the files as they were.
     */
    private void damage(Damage damage) throws IOException, InterruptedException {
        Set<String> answered = answered();
        proxy.refuse(true);
        service.kill();
        proxy.cutNow();
        Path copy = service.data().resolveSibling("copy");
        copy(service.data(), copy);
        List<Path> files;
        try (var all = Files.list(service.data())) {
            boolean events = random.nextInt(3) > 0; // else any file, as the indexes and the mark of what is flushed
            files = all.filter(file ->
                            sizeOf(file) > 0 && (!events || file.toString().endsWith(".log")))
                    .sorted()
                    .toList();
        }
        Path file = files.get(random.nextInt(files.size()));
        String what = file.getFileName() + ": " + damage.to(file);
        List<String> shown = new ArrayList<>();
        if (service.startOrRefuse()) {
            try {
                hub().readAll(shown::add);
                shown.forEach(line -> answered.remove(Hub.id(line)));
                notes.add(what + ": it started, and " + answered.size() + " are missing");
                if (!answered.isEmpty()) {
                    throw new AssertionError("damage was taken for less than there was: " + what + ": of all that was"
                            + " answered, " + answered.size() + " are not shown by a reading that came to its end");
                }
            } catch (IOException broken) {
                notes.add(what + ": it started, and broke the reading off: " + broken.getMessage());
            }
            service.kill();
        } else {
            notes.add(what + ": it refused to start");
        }
        delete(service.data());
        Files.move(copy, service.data());
        service.start();
        expectSound(shown, what);
        proxy.refuse(false);
    }

    /** What was shown of damaged files has to be what the sound ones have, byte for byte. */
    private void expectSound(List<String> shown, String what) throws IOException, InterruptedException {
        Set<String> sound = new HashSet<>();
        hub().readAll(sound::add);
        for (String line : shown) {
            if (!sound.contains(line)) {
                throw new AssertionError("damage was shown as if it were an event: " + what + ": " + line);
            }
        }
    }

    private Set<String> answered() {
        Set<String> ids = new HashSet<>();
        for (Operation operation : history.operations()) {
            if (operation instanceof Operation.Accepted(Value _, String id) && !id.isEmpty()) {
                ids.add(id);
            }
        }
        return ids;
    }

    private String flipBit(Path file) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            long at = random.nextLong(bytes.length());
            bytes.seek(at);
            int before = bytes.read();
            bytes.seek(at);
            bytes.write(before ^ 1 << random.nextInt(8));
            return "a bit flipped at " + at + " of " + bytes.length();
        }
    }

    private String truncate(Path file) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            long length = bytes.length();
            long left = random.nextLong(length);
            bytes.setLength(left);
            return "cut from " + length + " to " + left;
        }
    }

    private void appendGarbage() throws IOException {
        Path newest;
        try (var all = Files.list(service.data())) {
            newest = all.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .reduce((_, last) -> last)
                    .orElseThrow();
        }
        byte[] garbage = new byte[random.nextInt(2_000) + 1];
        random.nextBytes(garbage);
        try (RandomAccessFile bytes = new RandomAccessFile(newest.toFile(), "rw")) {
            long end = bytes.length();
            byte[] content = new byte[Math.toIntExact(end)];
            bytes.readFully(content);
            while (end > 0 && content[(int) end - 1] == 0) {
                end--; // what is reserved ahead
            }
            // Behind the zeros that may belong to the last event.
            bytes.seek(end + 16);
            bytes.write(garbage);
        }
    }

    private static long sizeOf(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (var all = Files.list(from)) {
            for (Path file : all.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var all = Files.list(folder)) {
            for (Path file : all.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
