package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ServiceLookTest {
    @Test
    void shouldAddUpAllPartsOfTheHeapAndNothingElse() {
        String metrics = """
            # TYPE jvm_memory_used_bytes gauge
            jvm_memory_used_bytes{area="heap",id="G1 Eden Space"} 1048576.0
            jvm_memory_used_bytes{area="heap",id="G1 Old Gen"} 2.097152E7
            jvm_memory_used_bytes{area="nonheap",id="Metaspace"} 9.9E7
            jvm_memory_max_bytes{area="heap",id="G1 Old Gen"} 5.36870912E8
            """;
        assertEquals(21, ServiceLook.heapMib(metrics));
        assertEquals(0, ServiceLook.heapMib(""));
    }
}
