package com.busdk.broker.contract.harness;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of this JVM's memory is really in use: the heap after a collection, and the buffers outside of it (mapped
 * files are the page cache's and do not count). Any thread.
 */
public final class Memory {
    private final long before;
    private final AtomicLong most = new AtomicLong();

    private Memory(long before) {
        this.before = before;
        most.set(before);
    }

    /** Starts with what is in use now. */
    public static Memory now() {
        return new Memory(used());
    }

    /** Looks again. */
    public void sample() {
        most.accumulateAndGet(used(), Math::max);
    }

    /** Holds that no look, nor one now, has found so much more than at the start. */
    public void expectGrowthBelow(long bytes) {
        sample();
        long growth = most.get() - before;
        assertTrue(
                growth < bytes,
                () -> "memory in use grew by " + (growth >> 10) + " KiB, and that is not below " + (bytes >> 10)
                        + " KiB");
    }

    private static long used() {
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return heap + Math.max(direct, PlatformDependent.usedDirectMemory());
    }
}
