package com.busdk.broker.backend.embedded;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The parts of the hub that every event goes through; {@code scripts/bench --pieces}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HubPartsBenchmark {
    private static final long LEASE_MILLIS = 30_000;

    /** Routes, and leases that are open. */
    @Param({"10", "100000"})
    public int many;

    private final NameMap<Integer> routes = new NameMap<>();
    private final LeaseWheel wheel = new LeaseWheel(0);
    private ByteBuffer name = ByteBuffer.allocate(0);
    private int hash;
    private Entry[] leases = {};
    private int next;

    @Setup
    public void make() {
        leases = new Entry[many];
        for (int i = 0; i < many; i++) {
            routes.put("example.bench.n" + i, i);
            // Without a group: the wheel looks at its links and its deadline alone.
            leases[i] = new Entry(null, i);
            wheel.begin(leases[i], LEASE_MILLIS);
        }
        String wanted = "example.bench.n" + many / 2;
        name = ByteBuffer.wrap(wanted.getBytes(StandardCharsets.US_ASCII));
        hash = wanted.hashCode();
    }

    /** Whom an event concerns. */
    @Benchmark
    public @Nullable Integer route() {
        return routes.get(name, 0, name.limit(), hash);
    }

    /** A lease ends by its acknowledgement, and another one begins. */
    @Benchmark
    public long lease() {
        Entry entry = leases[next];
        next = next + 1 == many ? 0 : next + 1;
        wheel.end(entry);
        wheel.begin(entry, LEASE_MILLIS + next);
        return entry.deadline;
    }
}
