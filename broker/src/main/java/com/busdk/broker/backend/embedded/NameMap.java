package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.NameSelector;
import com.busdk.broker.envelope.NameHash;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A map from event names that is asked with the bytes of a record, so that looking a name up allocates nothing. Open
 * addressing with linear probing; never more than half full. One event loop.
 */
final class NameMap<V> {
    private byte[] @Nullable [] keys = new byte[16][];
    private int[] hashes = new int[16];
    private @Nullable Object[] values = new Object[16];
    private int size;

    int size() {
        return size;
    }

    /** The value of the name that lies at {@code start}, or null. */
    @Nullable
    V get(ByteBuffer bytes, int start, int length, int hash) {
        int mask = keys.length - 1;
        for (int i = spread(hash) & mask; ; i = (i + 1) & mask) {
            byte[] key = keys[i];
            if (key == null) {
                return null;
            }
            if (hashes[i] == hash && equal(key, bytes, start, length)) {
                return value(i);
            }
        }
    }

    @Nullable
    V get(String name) {
        byte[] bytes = NameSelector.bytes(name);
        return get(ByteBuffer.wrap(bytes), 0, bytes.length, NameHash.of(name));
    }

    void put(String name, V value) {
        if (size * 2 >= keys.length) {
            grow();
        }
        insert(NameSelector.bytes(name), NameHash.of(name), value);
    }

    void remove(String name) {
        byte[] bytes = NameSelector.bytes(name);
        byte[] @Nullable [] oldKeys = keys;
        @Nullable Object[] oldValues = values;
        int[] oldHashes = hashes;
        reset(oldKeys.length);
        for (int i = 0; i < oldKeys.length; i++) {
            byte[] key = oldKeys[i];
            if (key != null && !Arrays.equals(key, bytes)) {
                insert(key, oldHashes[i], oldValues[i]);
            }
        }
    }

    void clear() {
        reset(16);
    }

    List<V> values() {
        List<V> all = new ArrayList<>(size);
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != null) {
                V value = value(i);
                if (value != null) {
                    all.add(value);
                }
            }
        }
        return all;
    }

    private void grow() {
        byte[] @Nullable [] oldKeys = keys;
        @Nullable Object[] oldValues = values;
        int[] oldHashes = hashes;
        reset(oldKeys.length * 2);
        for (int i = 0; i < oldKeys.length; i++) {
            byte[] key = oldKeys[i];
            if (key != null) {
                insert(key, oldHashes[i], oldValues[i]);
            }
        }
    }

    private void reset(int capacity) {
        keys = new byte[capacity][];
        hashes = new int[capacity];
        values = new Object[capacity];
        size = 0;
    }

    private void insert(byte[] name, int hash, @Nullable Object value) {
        int mask = keys.length - 1;
        int i = spread(hash) & mask;
        for (byte[] key = keys[i]; key != null; key = keys[i]) {
            if (hashes[i] == hash && Arrays.equals(key, name)) {
                values[i] = value;
                return;
            }
            i = (i + 1) & mask;
        }
        keys[i] = name;
        hashes[i] = hash;
        values[i] = value;
        size++;
    }

    @SuppressWarnings("unchecked") // only insert() writes, and it is given a V
    private @Nullable V value(int i) {
        return (V) values[i];
    }

    private static int spread(int hash) {
        return hash ^ (hash >>> 15);
    }

    private static boolean equal(byte[] key, ByteBuffer bytes, int start, int length) {
        if (key.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (key[i] != bytes.get(start + i)) {
                return false;
            }
        }
        return true;
    }
}
