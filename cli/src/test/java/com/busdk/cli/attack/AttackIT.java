package com.busdk.cli.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * All attacks, one after the other, on one service that is never started again, and a table of what came of each. This is
 * the short form; {@code scripts/test --attack SECONDS} is the long one. {@code -Dbus.attack.only} takes those whose name
 * has that in it, {@code -Dbus.attack.connections} says how many are opened where many are.
 */
@Timeout(7_200)
@DisabledIfEnvironmentVariable(
        named = "CI",
        matches = "true",
        disabledReason = "it takes all of a machine for minutes: scripts/test AttackIT")
class AttackIT {
    /** An attack of the short form goes on for that long, where it has no end of its own. */
    private static final int SHORT_SECONDS = 2;

    private static final int SHORT_CONNECTIONS = 3_000;

    /** What an attacker may have printed into the log, by one attack. */
    private static final long MOST_SAID_BYTES = 256 << 10;

    private final Attack.Force force = new Attack.Force(
            Integer.getInteger("bus.attack.seconds", SHORT_SECONDS),
            Integer.getInteger("bus.attack.connections", SHORT_CONNECTIONS));

    /** What a neighbour may feel. The table says what it does feel; only who has a quiet machine can hold it to that. */
    private final double mostMillis = Integer.getInteger("bus.attack.p99", Integer.MAX_VALUE);

    private final List<String> table = new ArrayList<>();
    private final List<String> broken = new ArrayList<>();

    @TempDir
    Path folder;

    @Test
    void shouldNotBeFeltByOthers() throws Exception {
        String only = System.getProperty("bus.attack.only", "");
        table.add("| attack | what came back | seconds | p50 ms | p99 ms | max ms | MiB |");
        table.add("| --- | --- | --- | --- | --- | --- | --- |");
        try (Target target = new Target(folder, TokenAttacks.jwks());
                Neighbour neighbour = new Neighbour(target)) {
            try {
                tryOne(target, neighbour, new Attack("none", "", (_, _) -> {
                    Pause.until(force.end());
                    return "";
                }));
                for (Attack attack : Attack.all()) {
                    if (attack.name().contains(only)) {
                        tryOne(target, neighbour, attack);
                    }
                }
                neighbour.stop();
            } finally {
                table.forEach(row -> System.out.println("attack: " + row));
                Files.write(Files.createDirectories(Path.of("target", "attack")).resolve("table.md"), table);
            }
            assertEquals(List.of(), broken);
            assertEquals(0, target.terminate(), "exit code after SIGTERM");
        }
    }

    private void tryOne(Target target, Neighbour neighbour, Attack attack) throws Exception {
        long begun = System.nanoTime();
        long said = target.saidBytes();
        neighbour.begin();
        try (MemoryWatch memory = new MemoryWatch(target)) {
            String came;
            try {
                came = attack.strike().at(target, force);
            } catch (AssertionError | Exception e) {
                came = "FAILED";
                broken.add(attack.name() + " (right: " + attack.right() + "): " + e);
            }
            Neighbour.Latency latency = neighbour.end();
            table.add(String.format(
                    Locale.ROOT,
                    "| %s | %s | %.1f | %.1f | %.1f | %.1f | %d |",
                    attack.name(),
                    came,
                    (System.nanoTime() - begun) / 1e9,
                    latency.millis(50),
                    latency.millis(99),
                    latency.maxMillis(),
                    memory.mostMib()));
            if (latency.millis(99) > mostMillis) {
                broken.add(attack.name() + ": the neighbour's p99 is " + latency.millis(99) + " ms");
            }
            if (memory.mostMib() > Target.MOST_MIB) {
                broken.add(attack.name() + ": the service took " + memory.mostMib() + " MiB");
            }
            if (target.saidBytes() - said > MOST_SAID_BYTES) {
                broken.add(attack.name() + ": it filled the log, such as:\n" + target.said());
            }
            target.expectWell();
        } catch (AssertionError | Exception e) {
            throw new AssertionError(
                    attack.name() + ": " + e.getMessage() + "\nbefore that: " + broken + "\nthe service said:\n"
                            + target.said(),
                    e);
        }
    }
}
