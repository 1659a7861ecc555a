// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/base/packetblock.hh"
#include <cstdlib>
#include <new>

PacketBlock *PacketBlock::make(size_t size)
{
    const size_t line = alignof(PacketBlock);
    void *memory = std::aligned_alloc(line, (sizeof(PacketBlock) + size + line - 1) / line * line);
    return memory ? new (memory) PacketBlock(size) : nullptr;
}

void PacketBlock::free()
{
    this->~PacketBlock();
    std::free(this);
}

void PacketBlock::release_piece(unsigned char *, size_t, void *block)
{
    static_cast<PacketBlock *>(block)->release(1);
}
