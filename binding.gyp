{
  "target_defaults": {
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-std=gnu++1y", "-O2", "-fno-exceptions", "-fno-rtti"],
    "cflags!": ["-O2"],
    "cflags_cc": ["<!@(node -p \"require('./native/sources.json').flags.common.join(' ')\")"],
    "cflags": ["-fPIC"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "GCC_OPTIMIZATION_LEVEL": "3",
      "MACOSX_DEPLOYMENT_TARGET": "11.0"
    },
    "conditions": [["target_arch=='x64'", { "defines": ["MSTA_X86"] }]]
  },
  "targets": [
    {
      "target_name": "msta_portable",
      "type": "static_library",
      "sources": ["<!@(node -p \"require('./native/sources.json').cpu.join(' ')\")"],
      "defines": ["MSTA_ISA=portable"]
    },
    {
      "target_name": "msta",
      "sources": ["<!@(node -p \"require('./native/sources.json').addon.join(' ')\")", "<!@(node -p \"require('./native/sources.json').runtime.join(' ')\")"],
      "include_dirs": [
        "<!(node -p \"require('node-addon-api').include_dir\")",
        "<!(node -p \"require('node-api-headers').include_dir\")"
      ],
      # The last define: an error that cannot be thrown, its worker_thread being terminated, must not end the process.
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "dependencies": ["msta_portable"],
      "conditions": [
        ["target_arch=='x64'", { "dependencies": ["msta_avx2", "msta_avx512", "msta_avx512_bf16"] }],
        # node exports templates of its own C++ library; ours must not be replaced by them.
        ["OS=='linux'", { "ldflags": ["-Wl,-Bsymbolic"] }]
      ]
    }
  ],
  "conditions": [
    [
      "target_arch=='x64'",
      {
        "targets": [
          {
            "target_name": "msta_avx2",
            "type": "static_library",
            "sources": ["<!@(node -p \"require('./native/sources.json').cpu.join(' ')\")"],
            "defines": ["MSTA_ISA=avx2"],
            "cflags_cc": ["<!@(node -p \"require('./native/sources.json').flags.avx2.join(' ')\")"]
          },
          {
            "target_name": "msta_avx512",
            "type": "static_library",
            "sources": ["<!@(node -p \"require('./native/sources.json').cpu.join(' ')\")"],
            "defines": ["MSTA_ISA=avx512"],
            "cflags_cc": ["<!@(node -p \"require('./native/sources.json').flags.avx512.join(' ')\")"]
          },
          {
            "target_name": "msta_avx512_bf16",
            "type": "static_library",
            "sources": ["<!@(node -p \"require('./native/sources.json').cpu.join(' ')\")"],
            "defines": ["MSTA_ISA=avx512_bf16"],
            "cflags_cc": ["<!@(node -p \"require('./native/sources.json').flags.avx512_bf16.join(' ')\")"]
          }
        ]
      }
    ]
  ]
}
