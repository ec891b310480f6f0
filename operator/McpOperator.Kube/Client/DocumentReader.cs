using System.Text.Json;

namespace McpOperator.Kube;

/// <summary>Reads single facts out of an object's JSON.</summary>
internal static class DocumentReader
{
    public static ControllerReference? ReadController(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, JsonDepth.Options);
        if (!ObjectHeader.Enter(ref reader, "metadata"u8) || !ObjectHeader.Find(ref reader, "ownerReferences"u8)
            || reader.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            if (ReadOwner(ref reader) is { } controller)
            {
                return controller;
            }
        }

        return null;
    }

    public static string? ReadMetadataValue(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> map, string name)
    {
        var reader = new Utf8JsonReader(utf8, JsonDepth.Options);
        if (!ObjectHeader.Enter(ref reader, "metadata"u8) || !ObjectHeader.Find(ref reader, map)
            || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                return reader.GetString();
            }
        }

        return null;
    }

    private static ControllerReference? ReadOwner(ref Utf8JsonReader reader)
    {
        string apiVersion = "", kind = "", name = "", uid = "";
        var controller = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("apiVersion"u8)) { reader.Read(); apiVersion = reader.GetString() ?? ""; }
            else if (reader.ValueTextEquals("kind"u8)) { reader.Read(); kind = reader.GetString() ?? ""; }
            else if (reader.ValueTextEquals("name"u8)) { reader.Read(); name = reader.GetString() ?? ""; }
            else if (reader.ValueTextEquals("uid"u8)) { reader.Read(); uid = reader.GetString() ?? ""; }
            else if (reader.ValueTextEquals("controller"u8)) { reader.Read(); controller = reader.TokenType == JsonTokenType.True; }
            else { reader.Skip(); }
        }

        return controller ? new(apiVersion, kind, name, uid) : null;
    }
}
