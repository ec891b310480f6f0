using System.Security.Cryptography;

namespace McpOperator.Signatures.Keyless;

/// <summary>Inclusion proofs of RFC 6962 §2.1.1, checked as in RFC 9162 §2.1.3.2.</summary>
internal static class MerkleProof
{
    public static bool Holds(byte[] entry, long index, long size, IReadOnlyList<byte[]> hashes, byte[] root)
    {
        if (index < 0 || index >= size)
        {
            return false;
        }

        var (node, last, hash) = (index, size - 1, Leaf(entry));
        foreach (var sibling in hashes)
        {
            if (last == 0 || sibling.Length != SHA256.HashSizeInBytes)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                hash = Parent(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                hash = Parent(hash, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && hash.AsSpan().SequenceEqual(root);
    }

    private static byte[] Leaf(byte[] entry) => SHA256.HashData([0, .. entry]);

    private static byte[] Parent(byte[] left, byte[] right) => SHA256.HashData([1, .. left, .. right]);
}
