using System.Text;
using System.Text.Json;
using McpOperator.Signatures.Formats;

namespace McpOperator.Signatures.Registry;

/// <summary>
/// Reads Docker's configuration of credentials, both forms: <c>{"auths": {…}}</c> (<c>.dockerconfigjson</c>) and the bare map
/// (<c>.dockercfg</c>). Unknown fields are passed over, as Kubernetes does. No message repeats what stands in the file.
/// </summary>
internal static class DockerConfigReader
{
    private const int LargestFile = 1024 * 1024; // Kubernetes' own limit for a Secret

    public static IEnumerable<(string Place, RegistryCredential Credential)> Read(ReadOnlyMemory<byte> text, bool hasAuths)
    {
        if (text.Length > LargestFile)
        {
            throw new FormatException("a pull secret is larger than 1 MiB");
        }

        return StrictJson.Read(text, root => Read(root, hasAuths));
    }

    private static List<(string Place, RegistryCredential Credential)> Read(JsonElement root, bool hasAuths)
    {
        if (hasAuths && root.ValueKind == JsonValueKind.Object)
        {
            if (!root.TryGetProperty("auths", out root))
            {
                return [];
            }
        }

        return root.ValueKind switch
        {
            JsonValueKind.Object =>
            [
                .. from entry in root.EnumerateObject()
                   let credential = Read(entry.Value)
                   where credential is not null
                   select (entry.Name, credential),
            ],
            JsonValueKind.Null => [],
            _ => throw new FormatException("a pull secret is not a map of registries"),
        };
    }

    /// <summary>An entry without any credential, such as <c>{}</c> beside a credential store, is none.</summary>
    private static RegistryCredential? Read(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("an entry of a pull secret is not an object");
        }

        var (user, password) = (Text(entry, "username"), Text(entry, "password"));
        if (Text(entry, "auth") is { Length: > 0 } auth)
        {
            (user, password) = Split(auth);
        }

        var token = Text(entry, "identitytoken");
        return token.Length > 0 ? new RegistryCredential("", "", token) : user.Length > 0 ? new RegistryCredential(user, password, null) : null;
    }

    private static (string User, string Password) Split(string auth)
    {
        var plain = Encoding.UTF8.GetString(JsonElements.Base64(auth, "auth"));
        var colon = plain.IndexOf(':', StringComparison.Ordinal);
        // Docker pads with NUL.
        return colon > 0 ? (plain[..colon], plain[(colon + 1)..].Trim('\0')) : throw new FormatException("an entry's 'auth' of a pull secret is not user:password");
    }

    private static string Text(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
