using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace McpOperator.Api;

/// <summary>
/// Names of a server's children. They stay within 63 characters and the rules of DNS labels whatever the server is called: a name
/// that is too long or has other characters is cut and marked with a hash, so that two servers never share a child.
/// </summary>
public static class ChildNames
{
    /// <summary>
    /// The longest server name that stands unchanged in its children's names. The longest derived name is Knative's
    /// <c>&lt;n&gt;-mcp-&lt;template&gt;-private</c>, twenty-one characters more than the server's.
    /// </summary>
    public const int LongestPlainName = 42;

    /// <summary>Hexadecimal digits of a hash that stand in names.</summary>
    public const int TemplateLength = 8;

    private const int HashLength = 8;
    private const string Mark = "--";

    /// <summary>Knative Service, Deployment, Service, ServiceAccount, Role, RoleBinding, NetworkPolicy, ServiceMonitor.</summary>
    public static string Workload(string server) => Stem(server) + "-mcp";

    /// <summary>
    /// The ConfigMap with the compiled policy for the pods of one template. Other words for the same pods change what is in it, and restart
    /// nothing.
    /// </summary>
    public static string Policy(string server, string template) => Stem(server) + "-mcp-policy-" + template;

    /// <summary>The Knative revision of one template.</summary>
    public static string Revision(string server, string template) => Workload(server) + "-" + template;

    /// <summary>The Deployment and the Service of a version that waits for review.</summary>
    public static string Candidate(string server) => Stem(server) + "-mcp-candidate";

    /// <summary>The ControllerRevision that keeps what an approved version is made of.</summary>
    /// <param name="server">The server.</param>
    /// <param name="content">SHA-256 of the content, in hexadecimal.</param>
    public static string Version(string server, string content) => Stem(server) + "-mcp-v-" + content[..12];

    /// <summary>The ConfigMap that names the shards of the server's grants and sessions.</summary>
    public static string Access(string server) => Stem(server) + "-mcp-access";

    /// <summary>The ConfigMap with one shard of the server's grants.</summary>
    public static string Grants(string server, int shard) => string.Create(CultureInfo.InvariantCulture, $"{Stem(server)}-mcp-grants-{shard}");

    /// <summary>The ConfigMap with one shard of the server's sessions.</summary>
    public static string Sessions(string server, int shard) => string.Create(CultureInfo.InvariantCulture, $"{Stem(server)}-mcp-sessions-{shard}");

    /// <summary>The headless Service that Prometheus scrapes.</summary>
    public static string Metrics(string server) => Stem(server) + "-mcp-metrics";

    /// <summary>The Secret with the key that seals session ids.</summary>
    public static string Session(string server) => Stem(server) + "-mcp-session";

    private static string Stem(string server)
    {
        if (server.Length <= LongestPlainName && IsDnsLabel(server) && !LooksHashed(server))
        {
            return server;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(server)))[..HashLength];
        var label = string.Concat(server.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')).Trim('-');
        var start = label.Length > 0 && char.IsAsciiLetter(label[0]) ? label : "m-" + label;
        return start[..Math.Min(start.Length, LongestPlainName - HashLength - Mark.Length)].TrimEnd('-') + Mark + hash;
    }

    private static bool IsDnsLabel(string name) =>
        name.Length > 0 && char.IsAsciiLetterLower(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && name[^1] != '-';

    /// <summary>Otherwise a server that is called as another one's children are cut to would share those children.</summary>
    private static bool LooksHashed(string name) =>
        name.Length > HashLength + Mark.Length
        && name[..^HashLength].EndsWith(Mark, StringComparison.Ordinal)
        && name[^HashLength..].All(char.IsAsciiHexDigitLower);
}
