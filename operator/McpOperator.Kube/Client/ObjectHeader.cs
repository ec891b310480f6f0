using System.Text.Json;

namespace McpOperator.Kube;

/// <summary>The part of an object's metadata that a cache needs, read without decoding the rest.</summary>
/// <param name="Namespace">The namespace; empty for cluster-scoped objects.</param>
/// <param name="Name">The name.</param>
/// <param name="ResourceVersion">The version.</param>
/// <param name="Generation">The version of the desired state; 0 where the kind counts none.</param>
/// <param name="IsDeleting">Whether deletion was asked for.</param>
public readonly record struct ObjectHeader(string Namespace, string Name, string ResourceVersion, long Generation, bool IsDeleting)
{
    /// <summary>The name with its namespace.</summary>
    public NamespacedName Key => new(Namespace, Name);

    /// <summary>Reads the header of an object.</summary>
    /// <exception cref="JsonException">The text is no JSON object.</exception>
    public static ObjectHeader Read(ReadOnlySpan<byte> utf8)
    {
        string ns = "", name = "", version = "";
        long generation = 0;
        var deleting = false;
        var reader = new Utf8JsonReader(utf8, JsonDepth.Options);
        if (!Enter(ref reader, "metadata"u8))
        {
            return new(ns, name, version, 0, false);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8)) { reader.Read(); name = reader.GetString() ?? ""; }
            else if (reader.ValueTextEquals("namespace"u8)) { reader.Read(); ns = Namespaces.Intern(ref reader); }
            else if (reader.ValueTextEquals("resourceVersion"u8)) { reader.Read(); version = reader.GetString() ?? ""; }
            else if (reader.ValueTextEquals("generation"u8)) { reader.Read(); generation = reader.GetInt64(); }
            else if (reader.ValueTextEquals("deletionTimestamp"u8)) { reader.Read(); deleting = reader.TokenType == JsonTokenType.String; }
            else { reader.Skip(); }
        }

        return new(ns, name, version, generation, deleting);
    }

    /// <summary>The identity alone; empty when the object has none yet.</summary>
    internal static string ReadUid(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, JsonDepth.Options);
        return Enter(ref reader, "metadata"u8) && Find(ref reader, "uid"u8) ? reader.GetString() ?? "" : "";
    }

    /// <summary>Identity and versions, for the answer to a write.</summary>
    internal static AppliedObject ReadApplied(ReadOnlySpan<byte> utf8)
    {
        string uid = "", version = "";
        long generation = 0;
        var reader = new Utf8JsonReader(utf8, JsonDepth.Options);
        if (Enter(ref reader, "metadata"u8))
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("uid"u8)) { reader.Read(); uid = reader.GetString() ?? ""; }
                else if (reader.ValueTextEquals("resourceVersion"u8)) { reader.Read(); version = reader.GetString() ?? ""; }
                else if (reader.ValueTextEquals("generation"u8)) { reader.Read(); generation = reader.GetInt64(); }
                else { reader.Skip(); }
            }
        }

        return new(uid, version, generation);
    }

    /// <summary>Moves to the value of a property of the object that starts here.</summary>
    internal static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<byte> property)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("an object was expected");
        }

        return Find(ref reader, property);
    }

    /// <summary>Moves to the value of a property of the object that the reader is in.</summary>
    internal static bool Find(ref Utf8JsonReader reader, ReadOnlySpan<byte> property)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(property);
            reader.Read();
            if (found)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    /// <summary>Many objects share few namespaces, so each name is kept once.</summary>
    private static class Namespaces
    {
        private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, string> Known = new();
        private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>>
            Lookup = Known.GetAlternateLookup<ReadOnlySpan<char>>();

        public static string Intern(ref Utf8JsonReader reader)
        {
            Span<char> text = stackalloc char[256];
            if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > text.Length)
            {
                return reader.GetString() ?? "";
            }

            var length = reader.CopyString(text);
            if (Lookup.TryGetValue(text[..length], out var known))
            {
                return known;
            }

            var made = new string(text[..length]);
            return Known.GetOrAdd(made, made);
        }
    }
}
