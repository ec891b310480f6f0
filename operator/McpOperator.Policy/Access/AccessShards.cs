using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace McpOperator.Policy;

/// <summary>Which entry lies in which shard, and how shards are named by their content.</summary>
public static class AccessShards
{
    /// <summary>Most shards of grants.</summary>
    public const int MostGrantShards = 4;

    /// <summary>Most shards of sessions.</summary>
    public const int MostSessionShards = 16;

    /// <summary>No shard is larger, in bytes of UTF-8: a ConfigMap holds 1 MiB, and etcd takes requests of 1.5 MiB.</summary>
    public const int LargestShard = 512 * 1024;

    /// <summary>
    /// Shards double in number rather than grow beyond this, as long as there may be more of them: a change of one session rewrites one
    /// shard, and every proxy reads it.
    /// </summary>
    public const int PreferredShard = 128 * 1024;

    private const int RevisionLength = 16;

    /// <summary>
    /// The number of the shard in which an entry of this name lies. It depends on the name and the number of shards alone; when that
    /// doubles, half of each shard's entries move, and none between two others.
    /// </summary>
    /// <param name="name">The grant's or session's name.</param>
    /// <param name="count">How many shards there are; a power of two.</param>
    public static int Of(string name, int count)
    {
        if (count == 1)
        {
            return 0;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return (int)(BinaryPrimitives.ReadUInt32LittleEndian(hash) & (uint)(count - 1));
    }

    /// <summary>The name of a text's content: the first sixteen hexadecimal digits of its SHA-256.</summary>
    public static string RevisionOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..RevisionLength];

    /// <summary>Whether so many shards can be.</summary>
    public static bool IsCount(int count, int most) => count == 0 || (count <= most && BitOperations.IsPow2(count));

    /// <summary>Distributes entries over as few shards as are handy.</summary>
    /// <param name="ranked">The entries, those first that have to be carried most.</param>
    /// <param name="nameOf">An entry's name.</param>
    /// <param name="shardOf">Makes a shard of entries.</param>
    /// <param name="before">How many shards there were; their number changes only for a reason.</param>
    /// <param name="most">Most shards that there may be.</param>
    /// <returns>The shards, and the entries for which there is no room.</returns>
    internal static (IReadOnlyList<CompiledShard> Shards, IReadOnlyList<T> LeftOut) Cut<T>(
        IReadOnlyList<T> ranked, Func<T, string> nameOf, Func<IReadOnlyList<T>, AccessShard> shardOf, int before, int most)
    {
        if (ranked.Count == 0)
        {
            return ([], []);
        }

        var count = Math.Clamp(before, 1, most);
        var (shards, texts) = Split();
        while (count < most && texts.Exists(text => text.Length > PreferredShard))
        {
            count *= 2;
            (shards, texts) = Split();
        }

        // The way down is longer than the way up, so that a number at the border does not swing.
        while (count > 1 && texts.Sum(text => (long)text.Length) < count * (long)PreferredShard / 8)
        {
            count /= 2;
            (shards, texts) = Split();
        }

        var leftOut = new List<T>();
        for (var i = 0; i < count; i++)
        {
            if (Encoding.UTF8.GetByteCount(texts[i]) > LargestShard)
            {
                var size = 0;
                var fitting = shards[i].TakeWhile(entry => (size += Encoding.UTF8.GetByteCount(Write([entry]))) <= LargestShard).ToList();
                leftOut.AddRange(shards[i].Skip(fitting.Count));
                texts[i] = Write(fitting);
            }
        }

        return (texts.ConvertAll(text => new CompiledShard(text, RevisionOf(text))), leftOut);

        (List<List<T>> Shards, List<string> Texts) Split()
        {
            var split = new List<List<T>>(count);
            for (var i = 0; i < count; i++)
            {
                split.Add(new List<T>(ranked.Count / count + 1));
            }

            foreach (var entry in ranked)
            {
                split[Of(nameOf(entry), count)].Add(entry);
            }

            return (split, split.ConvertAll(Write));
        }

        string Write(List<T> entries) => JsonSerializer.Serialize(
            shardOf([.. entries.OrderBy(nameOf, StringComparer.Ordinal)]), PolicyJson.Default.AccessShard);
    }
}

/// <summary>A shard as it is written.</summary>
/// <param name="Text">The shard as JSON.</param>
/// <param name="Revision">The name of its content.</param>
public sealed record CompiledShard(string Text, string Revision);
