using YamlDotNet.Serialization;

namespace McpOperator.Kube;

/// <summary>A kubeconfig as it stands in a file. Relative paths are relative to <see cref="Path"/>.</summary>
internal sealed class KubeConfigFile
{
    [YamlIgnore]
    public string Path { get; set; } = "";

    [YamlMember(Alias = "current-context")]
    public string? CurrentContext { get; set; }

    [YamlMember(Alias = "clusters")]
    public List<NamedCluster>? Clusters { get; set; }

    [YamlMember(Alias = "users")]
    public List<NamedUser>? Users { get; set; }

    [YamlMember(Alias = "contexts")]
    public List<NamedContext>? Contexts { get; set; }

    public static KubeConfigFile Read(string path)
    {
        try
        {
            var reader = new DeserializerBuilder().IgnoreUnmatchedProperties().Build();
            var file = reader.Deserialize<KubeConfigFile?>(File.ReadAllText(path)) ?? new();
            file.Path = System.IO.Path.GetFullPath(path);
            return file;
        }
        catch (YamlDotNet.Core.YamlException e)
        {
            throw new KubernetesConfigException($"{path}, line {e.Start.Line}: no kubeconfig: {e.InnerException?.Message ?? e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubernetesConfigException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A path that the file mentions.</summary>
    public string Resolve(string path) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, path);
}

/// <summary>A cluster under a name.</summary>
internal sealed class NamedCluster
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = "";

    [YamlMember(Alias = "cluster")]
    public ClusterConfig Cluster { get; set; } = new();
}

/// <summary>How to reach an API server.</summary>
internal sealed class ClusterConfig
{
    [YamlMember(Alias = "server")]
    public string? Server { get; set; }

    [YamlMember(Alias = "certificate-authority")]
    public string? CertificateAuthority { get; set; }

    [YamlMember(Alias = "certificate-authority-data")]
    public string? CertificateAuthorityData { get; set; }

    [YamlMember(Alias = "insecure-skip-tls-verify")]
    public bool InsecureSkipTlsVerify { get; set; }

    [YamlMember(Alias = "tls-server-name")]
    public string? TlsServerName { get; set; }

    [YamlMember(Alias = "proxy-url")]
    public string? ProxyUrl { get; set; }
}

/// <summary>A user under a name.</summary>
internal sealed class NamedUser
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = "";

    [YamlMember(Alias = "user")]
    public UserConfig User { get; set; } = new();
}

/// <summary>How to prove who we are.</summary>
internal sealed class UserConfig
{
    [YamlMember(Alias = "client-certificate")]
    public string? ClientCertificate { get; set; }

    [YamlMember(Alias = "client-certificate-data")]
    public string? ClientCertificateData { get; set; }

    [YamlMember(Alias = "client-key")]
    public string? ClientKey { get; set; }

    [YamlMember(Alias = "client-key-data")]
    public string? ClientKeyData { get; set; }

    [YamlMember(Alias = "token")]
    public string? Token { get; set; }

    [YamlMember(Alias = "tokenFile")]
    public string? TokenFile { get; set; }

    [YamlMember(Alias = "username")]
    public string? Username { get; set; }

    [YamlMember(Alias = "password")]
    public string? Password { get; set; }

    [YamlMember(Alias = "exec")]
    public ExecConfig? Exec { get; set; }

    [YamlMember(Alias = "auth-provider")]
    public Dictionary<string, object>? AuthProvider { get; set; }
}

/// <summary>A program that prints credentials.</summary>
internal sealed class ExecConfig
{
    [YamlMember(Alias = "apiVersion")]
    public string ApiVersion { get; set; } = "";

    [YamlMember(Alias = "command")]
    public string Command { get; set; } = "";

    [YamlMember(Alias = "args")]
    public List<string> Args { get; set; } = [];

    [YamlMember(Alias = "env")]
    public List<ExecVariable> Env { get; set; } = [];

    [YamlMember(Alias = "installHint")]
    public string? InstallHint { get; set; }

    [YamlMember(Alias = "provideClusterInfo")]
    public bool ProvideClusterInfo { get; set; }
}

/// <summary>An environment variable for such a program.</summary>
internal sealed class ExecVariable
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = "";

    [YamlMember(Alias = "value")]
    public string Value { get; set; } = "";
}

/// <summary>A context under a name.</summary>
internal sealed class NamedContext
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = "";

    [YamlMember(Alias = "context")]
    public ContextConfig Context { get; set; } = new();
}

/// <summary>Which user speaks to which cluster.</summary>
internal sealed class ContextConfig
{
    [YamlMember(Alias = "cluster")]
    public string Cluster { get; set; } = "";

    [YamlMember(Alias = "user")]
    public string User { get; set; } = "";

    [YamlMember(Alias = "namespace")]
    public string? Namespace { get; set; }
}
