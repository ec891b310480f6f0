using McpOperator.CrdGen;

// dotnet run --project crds/McpOperator.CrdGen -- <repository root> [--check]
return FileSet.Run(args, _ => GeneratedFiles.Make());
