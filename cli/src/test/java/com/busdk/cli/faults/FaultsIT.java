package com.busdk.cli.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.log.LogTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run of the suite: so many rounds of traffic with a fault in each, then peace, and the verdict. The short form has
 * each fault once; {@code scripts/test --faults ROUNDS} is the long one. {@code -Dbus.faults.seed} takes the faults of an
 * earlier run again, and {@code -Dbus.faults.only} one kind of them.
 */
@Timeout(7_200)
class FaultsIT {
    /** What has to go through between two faults, of each kind: publishes, acknowledgements, events heard. */
    private static final int TRAFFIC = 150;

    /** Within that the service has to go on after each fault, whatever it was. */
    private static final long PATIENCE_MILLIS = 60_000;

    /** As many as a person reads. */
    private static final int MOST_SHOWN = 20;

    private final long seed = Long.getLong("bus.faults.seed", System.nanoTime() & 0xFFFF_FFFFL);
    private final History history = new History();

    @TempDir
    Path folder;

    @Test
    void shouldKeepEveryPromise() throws Exception {
        Random random = new Random(seed);
        List<Fault> faults = faults(random);
        System.out.println("faults: seed " + seed);
        try (FaultyService service = new FaultyService(folder)) {
            service.start();
            try (FaultProxy proxy = new FaultProxy(service::port)) {
                Hub hub = new Hub(proxy.port(), service.token(), service::life);
                Workload workload = new Workload(hub, history, seed);
                Nemesis nemesis = new Nemesis(service, proxy, history, random);
                workload.start();
                List<Line> log;
                try {
                    for (int round = 0; round < faults.size(); round++) {
                        System.out.println("faults: round " + round + ", " + faults.get(round));
                        awaitTraffic(service, "before round " + round + ", " + faults.get(round));
                        nemesis.strike(faults.get(round));
                    }
                    awaitTraffic(service, "after the last fault, " + faults.getLast());
                    workload.endPublishing();
                    log = awaitEnd(service);
                } catch (AssertionError | IOException e) {
                    throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
                } finally {
                    workload.stop();
                    proxy.cutNow();
                    workload.join();
                }
                report(faults, nemesis, log);
                assertEquals(List.of(), workload.broken());
                judge(faults, log);
            }
            service.kill();
            try (LogTool tool = LogTool.open(service.data())) {
                LogTool.Verification verified = tool.verify();
                assertTrue(verified.sound(), () -> "seed " + seed + ": " + verified.damage());
            }
        }
    }

    /** Each once, in an order of the seed's; then more of them, as many as are wanted. */
    private static List<Fault> faults(Random random) {
        List<Fault> kinds = new ArrayList<>(Arrays.asList(Fault.values()));
        String only = System.getProperty("bus.faults.only", "");
        kinds.removeIf(fault -> !only.isEmpty() && !fault.name().equals(only));
        List<Fault> faults = new ArrayList<>(kinds);
        Collections.shuffle(faults, random);
        int rounds = Integer.getInteger("bus.faults.rounds", faults.size());
        while (faults.size() < rounds) {
            faults.add(kinds.get(random.nextInt(kinds.size())));
        }
        return faults;
    }

    private void awaitTraffic(FaultyService service, String when) throws IOException, InterruptedException {
        History.Progress wanted = history.progress().plus(TRAFFIC);
        if (!history.await(progress -> progress.hasReached(wanted), PATIENCE_MILLIS)) {
            throw new AssertionError("traffic does not go on " + when + ": " + history.progress() + " instead of "
                    + wanted + "; the service said:\n" + service.said());
        }
    }

    /** Nothing is published any more: waits until the group and all listeners have all there is; answers the log. */
    private List<Line> awaitEnd(FaultyService service) throws IOException, InterruptedException {
        // Past the proxy, where a cut may still wait for what passes next.
        Hub hub = new Hub(service.port(), service.token(), service::life);
        List<Line> log = hub.readAll();
        int all = log.size() * Workload.LISTENERS;
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (hub.left() > 0 || history.progress().heard() < all) {
            if (System.nanoTime() > end) {
                throw new AssertionError("the group has " + hub.left() + " left, and of " + all
                        + " events listeners heard " + history.progress().heard() + "; the service said:\n"
                        + service.said());
            }
            hub.breathe();
        }
        return log;
    }

    private void judge(List<Fault> faults, List<Line> log) throws IOException {
        List<Operation> operations = history.operations();
        List<Violation> violations = Checker.check(operations, log);
        if (!violations.isEmpty()) {
            Path kept = Files.createDirectories(Path.of("target", "faults")).resolve("history-" + seed + ".txt");
            List<String> lines = new ArrayList<>();
            operations.forEach(operation -> lines.add(operation.toString()));
            log.forEach(line -> lines.add("Stored " + line));
            Files.write(kept, lines);
            throw new AssertionError("seed " + seed + ", " + faults + ": " + violations.size()
                    + " promises broken (the history is in " + kept + "), the first of them:\n"
                    + String.join(
                            "\n",
                            violations.stream()
                                    .limit(MOST_SHOWN)
                                    .map(Violation::toString)
                                    .toList()));
        }
    }

    private void report(List<Fault> faults, Nemesis nemesis, List<Line> log) {
        System.out.println("faults: " + faults.size() + " rounds, " + log.size() + " events stored, "
                + history.progress() + ", " + history.operations().size() + " operations");
        nemesis.notes().forEach(note -> System.out.println("faults: " + note));
    }
}
