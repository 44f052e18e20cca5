@NullMarked
package com.busdk.client;

import org.jspecify.annotations.NullMarked;
